import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeBalancer } from "../../src/backend/balance/catalog.ts";
import type { BalanceAlgorithm } from "../../src/config/backend_plan.ts";
import { freePort } from "../support/free_port.ts";
import { haproxyAvailable, startHaproxy } from "../support/haproxy.ts";
import { clientAt, makeBackend } from "./plans.ts";

/** Choices compared for each list of weights: several whole rounds of most of them. */
const choices = 240;

const weightLists: readonly (readonly number[])[] = [
  [1],
  [1, 1],
  [1, 1, 1],
  [1, 2],
  [2, 1],
  [3, 1, 1],
  [5, 3, 2],
  [1, 2, 3, 4, 5],
  [10, 1],
  [1, 10],
  [7, 7, 7, 1],
  [100, 50, 25],
  [256, 255],
  [256, 1, 128, 3],
  [13, 17, 19, 23],
  [1, 1, 1, 1, 1, 1, 1, 8],
  [4, 0, 2],
  [6, 4, 2],
];

const algorithms: readonly BalanceAlgorithm[] = [
  { kind: "roundrobin" },
  { kind: "static-rr" },
  { kind: "leastconn" },
  { kind: "first" },
  { kind: "source" },
];

const clients = Array.from(
  { length: choices },
  (_, i) =>
    i % 3 === 2
      ? `2001:db8:${(i * 7919 % 65536).toString(16)}::${(i * 31 + 1).toString(16)}`
      : `${10 + (i % 90)}.${(i * 7) % 256}.${(i * 13) % 256}.${(i * 101) % 256}`,
);

const haproxy = haproxyAvailable();
const skipped = haproxy.available ? "" : ` (skipped: ${haproxy.reason})`;

describe.skipIf(!haproxy.available)(`choices equal those of the real haproxy${skipped}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "balance-"));
  let port = 0;
  let stop: () => unknown;

  beforeAll(async () => {
    port = await freePort();
    const file = join(folder, "haproxy.cfg");
    writeFileSync(file, configuration(port, await freePort()));
    const running = await startHaproxy(file, { host: "127.0.0.1", port });
    stop = () => running.stop();
  });
  afterAll(async () => {
    await stop();
    rmSync(folder, { recursive: true });
  });

  for (const algorithm of algorithms) {
    for (const weights of weightLists) {
      test(`${algorithm.kind} ${weights.join(":")}`, async () => {
        const real = await choicesOf(port, backendName(algorithm, weights));
        expect(ourChoices(algorithm, weights)).toEqual(real);
      });
    }
  }
});

function backendName(algorithm: BalanceAlgorithm, weights: readonly number[]): string {
  return `${algorithm.kind}-${weights.join("-")}`;
}

function configuration(port: number, originPort: number): string {
  const backends = algorithms.flatMap((algorithm) =>
    weightLists.map((weights) =>
      [
        `backend ${backendName(algorithm, weights)}`,
        `  balance ${algorithm.kind}`,
        "  http-response set-header x-server %s",
        ...weights.map((weight, i) => `  server s${i} 127.0.0.1:${originPort} weight ${weight}`),
      ].join("\n")
    )
  );
  return `
global
  nbthread 1
  tune.http.maxhdr 200
defaults
  mode http
  timeout connect 5s
  timeout client 20s
  timeout server 20s
frontend entry
  bind 127.0.0.1:${port}
  http-request set-src hdr(x-client)
  use_backend %[path,field(2,/)]
frontend origin
  bind 127.0.0.1:${originPort}
  http-request return status 200
${backends.join("\n")}
`;
}

/** The servers that haproxy chooses for pipelined requests, by index. */
function choicesOf(port: number, backend: string): Promise<number[]> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(
        clients.map((client) =>
          `GET /${backend} HTTP/1.1\r\nHost: x\r\nX-Client: ${client}\r\n\r\n`
        )
          .join(""),
      );
    });
    socket.on("data", (bytes: Buffer) => {
      text += bytes.toString("latin1");
      if (text.split("HTTP/1.1 ").length <= choices || !text.endsWith("\r\n\r\n")) return;
      socket.destroy();
      resolve([...text.matchAll(/x-server: s([0-9]+)/g)].map((match) => Number(match[1])));
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`haproxy closed: ${text.slice(0, 300)}`)));
  });
}

function ourChoices(algorithm: BalanceAlgorithm, weights: readonly number[]): number[] {
  const backend = makeBackend({
    servers: weights.map((weight, i) => ({ name: `s${i}`, weight })),
    plan: { balance: algorithm },
  });
  const balancer = makeBalancer(algorithm, backend.state, backend.state.servers);
  return clients.map((client) => {
    const server = balancer.choose(clientAt(client), undefined)!;
    server.take(0);
    server.leave();
    return backend.state.servers.indexOf(server);
  });
}
