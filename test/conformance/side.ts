import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GatewayProcess, StartFailure } from "../support/child_process.ts";
import { freePort } from "../support/free_port.ts";
import { startHaproxy } from "../support/haproxy.ts";
import { Origin } from "../support/origin.ts";
import { play } from "../support/raw_client.ts";
import { startSluice } from "../support/sluice.ts";
import { SyslogSink } from "../support/syslog_sink.ts";
import { blamedLines } from "./blame.ts";
import type { Case } from "./case.ts";
import {
  place,
  type PlacedCase,
  READY_HOST,
  type Surroundings,
  writeHaproxyCfg,
  writeYaml,
} from "./configuration.ts";

/** A gateway with its own origins and its own log receiver, serving many cases at once. */
export interface Side {
  readonly origins: readonly Origin[];
  readonly syslog: SyslogSink;
  readonly around: Surroundings;
  readonly served: ReadonlySet<string>;
  /** What the gateway said about each case that it refuses to load, by id. */
  readonly refused: ReadonlyMap<string, string>;
  /** What the gateway's process has written since it started. */
  output(): string;
  /** Starts the gateway again when it no longer answers, so that one case cannot spoil the next. */
  recover(): Promise<"alive" | "restarted">;
  stop(): Promise<void>;
}

/** Origins of a side: `ORIGIN1` …, four unless more are asked for. */
const ORIGINS = 4;
/** Attempts at a start: each leaves out the cases that the one before was refused for. */
const STARTS_MAX = 60;
const ALIVE_MS = 2_000;

const DIALECTS = {
  haproxy: { write: writeHaproxyCfg, start: startHaproxy },
  sluice: { write: writeYaml, start: startSluice },
  "sluice on haproxy.cfg": { write: writeHaproxyCfg, start: startSluice },
} as const;

export type SideName = keyof typeof DIALECTS;

interface Started {
  readonly gateway: GatewayProcess;
  readonly around: Surroundings;
  readonly served: readonly PlacedCase[];
  readonly start: () => Promise<GatewayProcess>;
}

/** Starts a gateway over all cases it can load. */
export async function startSide(
  name: SideName,
  cases: readonly Case[],
  originCount = ORIGINS,
): Promise<Side> {
  const origins = Array.from({ length: originCount }, (_, n) => new Origin(`o${n + 1}`));
  const syslog = new SyslogSink();
  await Promise.all([...origins.map((origin) => origin.start()), syslog.start()]);
  const folder = mkdtempSync(join(tmpdir(), `conformance-${name.replaceAll(" ", "-")}-`));
  const release = async (): Promise<void> => {
    await Promise.all(origins.map((origin) => origin.stop()));
    syslog.stop();
    if (process.env.KEEP_CONFIGURATION === undefined) rmSync(folder, { recursive: true });
  };
  const refused = new Map<string, string>();
  try {
    const ports = origins.map((origin) => origin.port);
    const started = await startGateway(name, cases, refused, {
      origins: ports,
      syslogPort: syslog.port,
      folder,
    });
    let { gateway } = started;
    const recover = async (): Promise<"alive" | "restarted"> => {
      if (await answers(started.around.port)) return "alive";
      await gateway.stop();
      gateway = await started.start();
      return "restarted";
    };
    // Several lanes may find out at the same time.
    let recovering: ReturnType<typeof recover> | undefined;
    return {
      origins,
      syslog,
      around: started.around,
      refused,
      served: new Set(started.served.map((one) => one.id)),
      output: () => gateway.output(),
      recover: () => recovering ??= recover().finally(() => recovering = undefined),
      stop: async () => {
        await gateway.stop();
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

async function startGateway(
  name: SideName,
  cases: readonly Case[],
  refused: Map<string, string>,
  known: Pick<Surroundings, "origins" | "syslogPort" | "folder">,
): Promise<Started> {
  let served = place(cases).filter((one) =>
    name !== "haproxy" || one.case.beyondReference === undefined
  );
  for (let attempt = 1;; attempt++) {
    const around = {
      ...known,
      port: await portOutside(served),
      refusedPort: await portOutside(served),
    };
    const configuration = DIALECTS[name].write(served, around);
    const start = () =>
      DIALECTS[name].start(configuration.path, { host: READY_HOST, port: around.port });
    try {
      return { gateway: await start(), around, served, start };
    } catch (error) {
      if (!(error instanceof StartFailure) || attempt === STARTS_MAX) throw error;
      const found = blamedLines(
        error.output,
        configuration.path,
        (line) => configuration.owners[line]?.id,
        served,
      );
      if (found.size === 0 && !/in use/i.test(error.output)) throw error;
      for (const [id, text] of found) refused.set(id, text);
      served = served.filter((one) => !refused.has(one.id));
    }
  }
}

/** A free port whose number no case is about, so that masking it hides nothing. */
async function portOutside(cases: readonly PlacedCase[]): Promise<number> {
  const texts = JSON.stringify(cases.map((one) => one.case));
  for (;;) {
    const port = await freePort();
    if (!texts.includes(String(port))) return port;
  }
}

/** Whether a gateway still answers anything at all. */
async function answers(port: number): Promise<boolean> {
  const pieces = ["GET / HTTP/1.1\r\nHost: ready\r\nConnection: close\r\n\r\n"];
  try {
    const plan = {
      host: READY_HOST,
      port,
      pieces,
      methods: ["GET"],
      answers: 1,
      deadlineMs: ALIVE_MS,
    };
    return (await play(plan)).answers.length > 0;
  } catch {
    return false;
  }
}
