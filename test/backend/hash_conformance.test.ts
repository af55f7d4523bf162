import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeBalancer } from "../../src/backend/balance/catalog.ts";
import { loadConfiguration } from "../../src/config/load.ts";
import type { BackendPlan } from "../../src/config/backend_plan.ts";
import { offlineContext } from "../../src/lang/offline_context.ts";
import { State } from "../../src/state/state.ts";
import { freePort } from "../support/free_port.ts";
import { haproxyAvailable, startHaproxy } from "../support/haproxy.ts";

const haproxy = haproxyAvailable();
const skipped = haproxy.available ? "" : ` (skipped: ${haproxy.reason})`;

const keys = [
  "source",
  "uri",
  "uri whole",
  "uri len 12",
  "uri depth 2",
  "uri depth 1 len 6 whole",
  "uri path-only",
  "url_param user",
  "hdr(x-key)",
  "hdr(Host) use_domain_only",
  "hash req.hdr(x-key),lower",
  "hash path,length",
];
const types = [
  "",
  "map-based djb2",
  "map-based wt6 avalanche",
  "map-based crc32",
  "consistent",
  "consistent sdbm",
  "consistent djb2 avalanche",
  "consistent crc32 avalanche",
];
const weightLists = [[1, 1, 1], [5, 3, 2, 1], [1, 16, 256, 7]];

/** What a backend is made of, and its name. */
const backends = keys.flatMap((key) =>
  types.flatMap((type) => weightLists.map((weights) => ({ key, type, weights })))
).map((made, i) => ({ ...made, name: `b${i}` }));

const hosts = [
  "haproxy.1wt.eu",
  "localhost",
  "example.org",
  "a.b.c.d.example.net",
  ".x.",
  "",
  ".com",
  "a..b",
  "..com",
];

/** Requests that differ in everything that is hashed, some without a key. */
const requests = Array.from({ length: 60 }, (_, i) => {
  const directories = Array.from({ length: i % 5 }, (_, n) => `d${(i * 31 + n * 7) % 17}`);
  const path = `/${["", ...directories].slice(1).map((name) => `${name}/`).join("")}f${i % 13}`;
  const query = ["", "?user=u" + i, "?a=b&user=" + i * 977, "?xuser=1&user", "?user=&b"][i % 5];
  const key = [
    "",
    `X-Key: K${i * 7919}\r\n`,
    `X-Key: A${i}, b\r\n`,
    "X-Key: \xe9\xff\r\n",
    "X-Key: , c\r\n",
  ][i % 5];
  const target = i % 11 === 10 ? `http://h${i}.example.org${path}${query}` : path + query;
  const host = target.startsWith("http") ? `h${i}.example.org` : hosts[i % hosts.length];
  const client = i % 3 === 2 ? `2001:db8::${(i * 31 + 1).toString(16)}` : `10.${i}.3.${i * 3}`;
  return { target, head: `Host: ${host}\r\nX-Client: ${client}\r\n${key}`, client };
});

describe.skipIf(!haproxy.available)(`hashes point where haproxy's do${skipped}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "hash-"));
  const plans = new Map<string, BackendPlan>();
  let port = 0;
  let stop: () => unknown;

  beforeAll(async () => {
    port = await freePort();
    const origin = await freePort();
    const file = join(folder, "haproxy.cfg");
    writeFileSync(file, configuration(port, origin));
    const running = await startHaproxy(file, { host: "127.0.0.1", port });
    stop = () => running.stop();
    const staged = new State().stage();
    const { plan, diagnostics } = loadConfiguration([file], { staged, format: "haproxy" });
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    staged.commit(plan!);
    for (const [name, backend] of plan!.backends) plans.set(name, backend);
  });
  afterAll(async () => {
    await stop();
    rmSync(folder, { recursive: true });
  });

  for (const { name, key, type, weights } of backends) {
    test(`${key} | ${type || "default"} | ${weights.join(":")}`, async () => {
      expect(ourChoices(plans.get(name)!)).toEqual(await choicesOf(port, name));
    });
  }
});

function configuration(port: number, origin: number): string {
  const sections = backends.map(({ name, key, type, weights }) =>
    [
      `backend ${name}`,
      `  balance ${key}`,
      type === "" ? "" : `  hash-type ${type}`,
      "  http-response set-header x-server %s",
      ...weights.map((weight, i) => `  server s${i} 127.0.0.1:${origin} weight ${weight}`),
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
  http-request set-src hdr(x-client)
  use_backend %[req.hdr(x-backend)]
frontend origin
  bind 127.0.0.1:${origin}
  http-request return status 200
${sections.join("\n")}
`;
}

/** The servers that haproxy chooses for pipelined requests. */
function choicesOf(port: number, backend: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => {
      const all = requests.map(({ target, head }) =>
        `GET ${target} HTTP/1.1\r\n${head}X-Backend: ${backend}\r\n\r\n`
      );
      socket.write(Buffer.from(all.join(""), "latin1"));
    });
    socket.on("data", (bytes: Buffer) => {
      text += bytes.toString("latin1");
      const found = [...text.matchAll(/x-server: (s[0-9]+)\r\n/g)].map((match) => match[1]!);
      if (found.length < requests.length || !text.endsWith("\r\n\r\n")) return;
      socket.destroy();
      resolve(found);
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`haproxy closed: ${text.slice(-300)}`)));
  });
}

function ourChoices(backend: BackendPlan): string[] {
  const states = backend.servers.map(({ state }) => state);
  const balancer = makeBalancer(backend.balance, backend.state, states);
  return requests.map(({ target, head, client }) => {
    const server = balancer.choose(
      offlineContext({ raw: `GET ${target} HTTP/1.1\r\n${head}\r\n`, src: client }),
      undefined,
    )!;
    server.take(0);
    server.leave();
    return server.name;
  });
}
