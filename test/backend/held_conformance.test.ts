import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { releaseServer } from "../../src/backend/queue.ts";
import { selectServer } from "../../src/backend/selection.ts";
import type { BalanceAlgorithm } from "../../src/config/backend_plan.ts";
import type { ServerPlan } from "../../src/config/server_plan.ts";
import { freePort } from "../support/free_port.ts";
import { haproxyAvailable, startHaproxy } from "../support/haproxy.ts";
import { clientAt, makeBackend } from "./plans.ts";

/** Requests opened and ended in turns; how many are open at once is never more than fit. */
const steps = 120;

interface HeldCase {
  readonly balance: BalanceAlgorithm;
  readonly servers: readonly { readonly weight: number; readonly maxconn: number }[];
  readonly openMax: number;
}

/** A share and a half: a client's server passes what is more on to the next one. */
const bounded = {
  method: "consistent",
  function: "sdbm",
  avalanche: true,
  balanceFactor: 150,
} as const;

const hashed: readonly HeldCase[] = [[1, 1, 1], [5, 3, 1], [1, 1, 4, 2]].map((weights) => ({
  balance: { kind: "source", hash: bounded },
  openMax: 9,
  servers: weights.map((weight) => ({ weight, maxconn: 0 })),
}));

const cases: readonly HeldCase[] = (["leastconn", "roundrobin", "static-rr", "first"] as const)
  .flatMap((kind) =>
    [
      {
        balance: { kind },
        openMax: 9,
        servers: [1, 1, 1].map((weight) => ({ weight, maxconn: 0 })),
      },
      {
        balance: { kind },
        openMax: 9,
        servers: [5, 3, 1].map((weight) => ({ weight, maxconn: 0 })),
      },
      {
        balance: { kind },
        openMax: 5,
        servers: [1, 1, 4].map((weight) => ({ weight, maxconn: 2 })),
      },
      {
        balance: { kind },
        openMax: 6,
        servers: [{ weight: 10, maxconn: 1 }, { weight: 3, maxconn: 4 }, { weight: 1, maxconn: 2 }],
      },
    ] as HeldCase[]
  ).concat(hashed);

/** The same pseudo-random plan of steps for both: open, or end the request at that index. */
function* plan(openMax: number): Generator<"open" | number> {
  let seed = 12345;
  let open = 0;
  for (let step = 0; step < steps; step++) {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    const opens = open === 0 || (open < openMax && seed % 100 < 60);
    yield opens ? "open" : (seed >>> 8) % open;
    open += opens ? 1 : -1;
  }
}

function ours({ balance, servers, openMax }: HeldCase): string[] {
  const backend = makeBackend({
    servers: servers.map((server, i) => ({ name: `s${i}`, ...server })),
    plan: { balance },
  });
  const open: ServerPlan[] = [];
  const chosen: string[] = [];
  for (const step of plan(openMax)) {
    if (step !== "open") {
      releaseServer(open.splice(step, 1)[0]!.state);
      continue;
    }
    const selection = selectServer(backend, clientAt("127.0.0.1"));
    if (selection.kind !== "server") throw new Error(`no place at step ${chosen.length}`);
    open.push(selection.server);
    chosen.push(selection.server.name);
  }
  return chosen;
}

/** An origin that holds every request until it is told to answer. */
class HoldingOrigin {
  port = 0;
  #server = createServer((socket) => this.#accept(socket));
  #arrived: ((held: { name: string; socket: Socket }) => void) | undefined;

  async start(): Promise<void> {
    await new Promise<void>((done) => this.#server.listen(0, "127.0.0.1", done));
    this.port = (this.#server.address() as AddressInfo).port;
  }

  /** The next request: which server haproxy chose for it, and its connection. */
  next(): Promise<{ name: string; socket: Socket }> {
    return new Promise((resolve) => this.#arrived = resolve);
  }

  stop(): void {
    this.#server.close();
  }

  #accept(socket: Socket): void {
    let text = "";
    socket.on("error", () => {});
    socket.on("data", (bytes: Buffer) => {
      text += bytes.toString("latin1");
      if (!text.endsWith("\r\n\r\n")) return;
      this.#arrived!({ name: /x-server: (\S+)/i.exec(text)![1]!, socket });
    });
  }
}

async function theirs(
  port: number,
  backend: string,
  openMax: number,
  origin: HoldingOrigin,
): Promise<string[]> {
  const open: { client: Socket; socket: Socket }[] = [];
  const chosen: string[] = [];
  for (const step of plan(openMax)) {
    if (step !== "open") {
      const { client, socket } = open.splice(step, 1)[0]!;
      const over = new Promise<void>((done) => client.once("close", () => done()));
      socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      await over;
      continue;
    }
    const arrived = origin.next();
    const client = connect(port, "127.0.0.1");
    client.resume();
    client.write(`GET /${backend} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    const { name, socket } = await arrived;
    open.push({ client, socket });
    chosen.push(name);
  }
  for (const { client } of open) client.destroy();
  return chosen;
}

const haproxy = haproxyAvailable();
const skipped = haproxy.available ? "" : ` (skipped: ${haproxy.reason})`;

describe.skipIf(!haproxy.available)(`choices under load equal the real haproxy's${skipped}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "held-"));
  const origin = new HoldingOrigin();
  let port = 0;
  let stop: () => unknown;

  beforeAll(async () => {
    await origin.start();
    port = await freePort();
    const file = join(folder, "haproxy.cfg");
    writeFileSync(file, configuration(port, origin.port));
    const running = await startHaproxy(file, { host: "127.0.0.1", port });
    stop = () => running.stop();
  });
  afterAll(async () => {
    await stop();
    origin.stop();
    rmSync(folder, { recursive: true });
  });

  cases.forEach((row, i) => {
    const servers = row.servers.map(({ weight, maxconn }) => `${weight}/${maxconn}`).join(" ");
    test(`${row.balance.kind} ${servers}`, async () => {
      expect(ours(row)).toEqual(await theirs(port, `b${i}`, row.openMax, origin));
    });
  });
});

function configuration(port: number, originPort: number): string {
  const backends = cases.map(({ balance, servers }, i) =>
    [
      `backend b${i}`,
      `  balance ${balance.kind}`,
      "hash" in balance ? "  hash-type consistent\n  hash-balance-factor 150" : "",
      "  http-send-name-header x-server",
      "  http-reuse never",
      ...servers.map(({ weight, maxconn }, n) =>
        `  server s${n} 127.0.0.1:${originPort} weight ${weight}${
          maxconn > 0 ? ` maxconn ${maxconn}` : ""
        }`
      ),
    ].join("\n")
  );
  return `
global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 20s
  timeout server 20s
frontend entry
  bind 127.0.0.1:${port}
  use_backend %[path,field(2,/)]
${backends.join("\n")}
`;
}
