import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Clients, FaultyGateway, type Outcome, type Upgrade } from "./stage/faulty.ts";
import { descriptorsOf } from "./stage/generations.ts";
import { echoOrigin } from "./stage/traffic.ts";
import { isAlive, stateOf } from "../support/process_state.ts";

/** Messages that each process says, in their order: every one of them is a step that can fail. */
const steps = {
  old: [
    "welcome",
    "listeners",
    "state",
    "told",
    "go",
    "alive",
    "offer",
    "commit",
    "final",
    "leaving",
  ],
  new: ["hello", "connected", "took", "ready", "accepting", "alive", "prepared", "finalized"],
} as const;
type Side = keyof typeof steps;

const kinds = ["stall", "stop", "exit", "throw", "close", "garbage"] as const;
type Kind = typeof kinds[number];

interface Row {
  readonly side: Side;
  readonly step: string;
  readonly kind: Kind;
}

/** Steps before which nobody gives up when they take their time. */
const unhurried: Record<Side, readonly string[]> = {
  old: ["state", "told", "alive", "offer", "commit", "final", "leaving"],
  new: ["ready"],
};

interface Expected {
  readonly serves: Side;
  /** What the process that ran answers; it can't when it is dead. */
  readonly outcome: Outcome;
  /** Lines that say why not everything went as it should. */
  readonly reasons: number;
  /** Whose clients may notice: what the new process had by then is lost with it, or ends there. */
  readonly notice: readonly ("staying" | "coming")[];
}

function expected({ side, step, kind }: Row): Expected {
  const isLate = kind === "stall" || kind === "stop";
  if (isLate && unhurried[side].includes(step)) {
    return { serves: "new", outcome: "handed over", reasons: 0, notice: [] };
  }
  // What comes behind noise is not heard, but the old process has let go by then.
  if (step === "commit" && kind === "garbage") {
    return { serves: "old", outcome: "kept", reasons: 1, notice: ["staying"] };
  }
  const hasAll = ["final", "leaving", "finalized"].includes(step);
  if (side === "old" && kind === "exit") {
    const notice = hasAll ? [] : ["staying", "coming"] as const;
    return { serves: "new", outcome: "silence", reasons: 1, notice };
  }
  if (step === "leaving" && kind === "garbage") {
    return { serves: "new", outcome: "handed over", reasons: 1, notice: [] };
  }
  const accepts = ["accepting", "alive", "prepared", "finalized"].includes(step);
  const notice = [
    ...hasAll ? ["staying"] as const : [],
    ...kind === "exit" && accepts ? ["coming"] as const : [],
  ];
  return { serves: "old", outcome: "kept", reasons: 1, notice };
}

const nothing = { staying: 0, coming: [] };

let origin: ReturnType<typeof echoOrigin>;
beforeAll(() => {
  origin = echoOrigin();
});
afterAll(() => origin.stop());

/** Lets a process that has stopped go on, once the other one has given it up if it is to. */
async function letGoOn({ gateway }: FaultyGateway, row: Row, upgrade: Upgrade): Promise<void> {
  const stopped = row.side === "old" ? gateway.pid : upgrade.pid;
  const complaints = gateway.output.split("the takeover socket:").length;
  await gateway.waitFor(() => stateOf(stopped) === "T", `the stop of ${stopped}`);
  if (!unhurried[row.side].includes(row.step)) {
    if (row.side === "old") await gateway.gone(upgrade.pid);
    else if (row.step === "hello") await gateway.said("the takeover socket:", complaints);
    else await upgrade.outcome;
  }
  if (isAlive(stopped)) process.kill(stopped, "SIGCONT");
}

/** @param next what the process that starts will do as the old one */
async function play(faulty: FaultyGateway, row: Row, next: string): Promise<void> {
  const { gateway, port } = faulty;
  const { side, step, kind } = row;
  const old = gateway.pid;
  const from = gateway.output.length;
  const clients = new Clients(port);
  await gateway.waitFor(() => clients.served, "clients that are served");
  const upgrade = await faulty.upgrade(side === "new" ? `${step}:${kind}` : next);
  if (kind === "stop") await letGoOn(faulty, row, upgrade);
  const outcome = await upgrade.outcome;
  const { serves, notice, ...answer } = expected(row);
  if (serves === "new") gateway.succeededBy(upgrade.pid);
  await gateway.gone(serves === "new" ? old : upgrade.pid);
  await gateway.waitFor(clients.newcomersServed(), "newcomers that are served");
  const lost = await clients.stop();
  const said = gateway.output.slice(from);
  const count = (text: RegExp) => [...said.matchAll(text)].length;
  expect({
    row,
    outcome,
    lost: { ...lost, ...Object.fromEntries(notice.map((who) => [who, nothing[who]])) },
    struck: count(new RegExp(`SLUICE_FAULT: ${kind} at '${step}'`, "g")),
    reasons: count(/(not taken over|no upgrade|left alone): \S/g),
    alive: isAlive(gateway.pid),
  }).toEqual({
    row,
    ...answer,
    lost: nothing,
    struck: 1,
    alive: true,
  });
}

/** Row after row on one gateway: each shows that the one before has left nothing behind. */
async function playAll(rows: readonly Row[]): Promise<void> {
  const texts = rows.map(({ side, step, kind }) => side === "old" ? `${step}:${kind}` : "");
  await using faulty = await FaultyGateway.make(origin.port, texts.filter((text) => text).join());
  const { gateway } = faulty;
  const before = { pid: gateway.pid, descriptors: descriptorsOf(gateway.pid) };
  for (const [i, row] of rows.entries()) {
    await play(faulty, row, texts.slice(i + 1).filter((text) => text).join());
  }
  if (gateway.pid === before.pid) {
    await gateway.waitFor(() => descriptorsOf(before.pid) <= before.descriptors, "closed files");
  }
  const last = await faulty.upgrade("");
  expect(await last.outcome).toBe("handed over");
  gateway.succeededBy(last.pid);
  await gateway.gone(gateway.pids.at(-2)!);
}

/** Gateways at once: each has two processes at times, and deadlines to keep. */
let free = 5;
const waiting: (() => void)[] = [];

async function inTurn(run: () => Promise<void>): Promise<void> {
  if (free-- <= 0) await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    await run();
  } finally {
    free++;
    waiting.shift()?.();
  }
}

describe.concurrent("a fault at every step of a takeover", () => {
  for (const kind of kinds) {
    for (const side of ["new", "old"] as const) {
      const rows = steps[side].map((step) => ({ side, step, kind }));
      // Those that take their time are two gateways' work.
      const half = kind === "stall" ? 5 : rows.length;
      for (const some of [rows.slice(0, half), rows.slice(half)]) {
        if (some.length === 0) continue;
        const name = `${kind} of the ${side} process at ${some.map(({ step }) => step).join(", ")}`;
        test(name, () => inTurn(() => playAll(some)), 300_000);
      }
    }
  }
});
