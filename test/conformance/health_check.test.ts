import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GatewayProcess } from "../support/child_process.ts";
import { freePort } from "../support/free_port.ts";
import { haproxyAvailable, startHaproxy } from "../support/haproxy.ts";
import { startSluice } from "../support/sluice.ts";
import { SyslogSink } from "../support/syslog_sink.ts";
import { behaviours, type CheckCase, checkCases } from "./health_check_cases.ts";

const haproxy = haproxyAvailable();
const lineDeadlineMs = 20_000;

const plain = [
  "mode http",
  "log global",
  "option log-health-checks",
  "timeout connect 5s",
  "timeout client 5s",
  "timeout server 5s",
  "timeout check 500ms",
];

function section(header: string, lines: readonly string[]): string {
  return `${header}\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

/** A server of one case, and what it received on its first connection. */
class Checked {
  port = 0;
  first: Buffer | undefined;
  #server: Server;

  constructor(private readonly behaviour: string) {
    this.#server = createServer((socket) => {
      const isFirst = this.first === undefined;
      if (isFirst) this.first = Buffer.alloc(0);
      socket.on("error", () => {});
      socket.on("data", (bytes: Buffer) => {
        if (isFirst) this.first = Buffer.concat([this.first!, bytes]);
      });
      behaviours[behaviour]!()(socket);
    });
  }

  async up(): Promise<void> {
    // One that nobody else is given when this server has stopped.
    this.port = await freePort();
    await new Promise<void>((done) => this.#server.listen(this.port, "127.0.0.1", done));
    if (this.behaviour === "refused") await this.down();
  }

  down(): Promise<void> {
    return new Promise((done) => this.#server.close(() => done()));
  }
}

/** A gateway that checks one server for every case. */
class Checker {
  readonly sink = new SyslogSink();
  readonly servers = new Map<string, Checked>();
  /** Servers that a rule connects to. */
  readonly others = new Map<string, Checked>();
  #process: GatewayProcess | undefined;
  readonly #folder = mkdtempSync(join(tmpdir(), "sluice-checks-"));

  constructor(private readonly start: typeof startSluice) {}

  async up(): Promise<void> {
    await this.sink.start();
    for (const behaviour of Object.keys(behaviours)) {
      this.others.set(behaviour, new Checked(behaviour));
    }
    for (const { name, server } of checkCases) this.servers.set(name, new Checked(server));
    for (const one of [...this.others.values(), ...this.servers.values()]) await one.up();
    const port = await freePort();
    const file = join(this.#folder, "haproxy.cfg");
    writeFileSync(file, this.#text(port));
    this.#process = await this.start(file, { host: "127.0.0.1", port });
  }

  #text(port: number): string {
    const backends = checkCases.map(({ name, lines, defaults, options = "" }) => {
      const server = `server s 127.0.0.1:${
        this.servers.get(name)!.port
      } check inter 1s fall 1 rise 2 ${options}`;
      const from = defaults ? ` from d_${name}` : " from plain";
      const own = section(`backend ${name}${from}`, [...lines, server]);
      return defaults ? section(`defaults d_${name}`, [...plain, ...defaults]) + own : own;
    });
    const text = section("global", [`log 127.0.0.1:${this.sink.port} format raw local0`]) +
      section("defaults plain", plain) +
      section("frontend fe from plain", [`bind 127.0.0.1:${port}`, "use_backend %[path]"]) +
      backends.join("");
    return text.replace(/PORT\((\w+)\)/g, (_, name) => String(this.others.get(name)!.port));
  }

  /** What it first said of this case, without what differs from run to run. */
  async verdict({ name }: CheckCase): Promise<string> {
    const start = `Health check for server ${name}/s `;
    const lines = await this.sink.matching(start, 1, lineDeadlineMs);
    let text = lines[0]!.slice(lines[0]!.indexOf(start) + start.length).trim();
    text = text.replace(/check duration: \d+ms/, "check duration: N");
    for (const [behaviour, { port }] of this.others) text = text.replace(`${port}`, behaviour);
    return text;
  }

  /** What the server was asked: times and ports apart, and names of fields in lower case. */
  asked({ name }: CheckCase): string {
    const bytes = this.servers.get(name)!.first ?? Buffer.alloc(0);
    if (bytes[0] === 0x16) bytes.fill(0, 11, 15);
    const text = bytes.toString("latin1").replace(/^(PROXY TCP4 \S+ \S+) \d+ \d+/, "$1");
    return text.includes(" HTTP/1.") ? text.toLowerCase() : text;
  }

  async down(): Promise<void> {
    await this.#process?.stop();
    this.sink.stop();
    for (const one of this.servers.values()) await one.down();
    for (const one of this.others.values()) await one.down();
    rmSync(this.#folder, { recursive: true });
  }
}

describe.skipIf(!haproxy.available)("health checks beside Debian's haproxy", () => {
  const [sluice, reference] = [new Checker(startSluice), new Checker(startHaproxy)];

  beforeAll(() => Promise.all([sluice.up(), reference.up()]), 60_000);
  afterAll(() => Promise.all([sluice.down(), reference.down()]));

  for (const one of checkCases) {
    const rules = [...(one.defaults ?? []), "", ...one.lines].join("; ");
    test(`${one.server}: ${rules}`, async () => {
      const [got, wanted] = [await sluice.verdict(one), await reference.verdict(one)];
      expect(got).toBe(one.newer ?? wanted);
      expect(sluice.asked(one)).toBe(reference.asked(one));
    });
  }
});
