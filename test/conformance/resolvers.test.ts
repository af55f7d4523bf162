import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GatewayProcess } from "../support/child_process.ts";
import { askControl } from "../support/control_client.ts";
import { DnsServer, type Entry } from "../support/dns_server.ts";
import { freePort } from "../support/free_port.ts";
import { haproxyAvailable, startHaproxy } from "../support/haproxy.ts";
import { echo, Origin } from "../support/origin.ts";
import { startSluice } from "../support/sluice.ts";
import { SyslogSink } from "../support/syslog_sink.ts";

const haproxy = haproxyAvailable();
const deadlineMs = 30_000;
const pollMs = 20;

const many = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.1.0.1", "10.1.0.2"];

const zone: Readonly<Record<string, Entry>> = {
  "two.test": { addresses: ["127.0.0.1", "127.0.0.2"] },
  "six.test": { addresses: ["::1", "127.0.0.1"] },
  "alias.test": { addresses: ["127.0.0.4"], through: ["middle.test", "real.test"] },
  "lost.test": { through: ["nowhere.test"] },
  "refused.test": { instead: "refused" },
  "failing.test": { instead: "failure" },
  "cut.test": { instead: "truncated" },
  "silent.test": { instead: "silence" },
  "empty.test": { addresses: [] },
  "many.test": { addresses: many },
  "net.test": { addresses: many },
  "share.test": { addresses: ["10.2.0.1", "10.2.0.2"] },
  "shared.test": { addresses: ["10.2.0.1"] },
  "origin.test": { addresses: ["127.0.0.1"] },
};

const servers = [
  "server two two.test:80",
  "server two4 six.test:80 resolve-prefer ipv4",
  "server six six.test:80",
  "server alias alias.test:80",
  "server lost lost.test:80",
  "server nx nothing.test:80",
  "server refused refused.test:80",
  "server failing failing.test:80",
  "server cut cut.test:80",
  "server empty empty.test:80",
  "server net net.test:80 resolve-net 192.168.0.0/16,10.1.0.0/16",
  "server-template many 3 many.test:80",
  "server-template share 3 share.test:80",
  "server-template shared 2 shared.test:80 resolve-opts allow-dup-ip",
  "server stays many.test:80 init-addr 10.0.0.3 resolve-prefer ipv4",
  "server goes nothing.test:80 init-addr 10.0.0.3",
  "server silent silent.test:80 init-addr 10.0.0.5 resolvers hasty",
];

/** What a server of `show servers state` is at. */
interface Standing {
  readonly address: string;
  readonly operational: string;
  readonly admin: string;
  readonly name: string;
}

/** A frontend whose rules look at content. */
type Listener = "hasty" | "content" | "late" | "stream" | "lateStream";

/** One gateway, the name server that it asks, and what it says. */
class Side {
  readonly dns = new DnsServer();
  readonly sink = new SyslogSink();
  readonly origin = new Origin("origin");
  #folder = mkdtempSync(join(tmpdir(), "sluice-resolvers-"));
  #process: GatewayProcess | undefined;
  #port = 0;
  #ports = { hasty: 0, content: 0, late: 0, stream: 0, lateStream: 0 };

  constructor(private readonly start: typeof startSluice) {}

  async up(): Promise<void> {
    for (const [name, entry] of Object.entries(zone)) this.dns.zone.set(name, entry);
    await Promise.all([this.dns.start(), this.sink.start(), this.origin.start()]);
    // What comes over TCP has no other end.
    this.origin.reset((request, origin) => ({ ...echo(request, origin), afterwards: "close" }));
    this.#port = await freePort();
    for (const name of Object.keys(this.#ports) as Listener[]) this.#ports[name] = await freePort();
    const file = join(this.#folder, "haproxy.cfg");
    writeFileSync(file, this.#text());
    // Both open it last.
    this.#process = await this.start(file, { path: this.#controlPath });
  }

  async down(): Promise<void> {
    await this.#process?.stop();
    this.sink.stop();
    await Promise.all([this.dns.stop(), this.origin.stop()]);
    rmSync(this.#folder, { recursive: true });
  }

  /** Status and body of the answer to a request for a host. */
  get(path: string, host: string, at?: Listener): Promise<string> {
    return new Promise((resolve, reject) => {
      let text = "";
      const socket = connect(at ? this.#ports[at] : this.#port, "127.0.0.1");
      socket.setEncoding("latin1");
      socket.on("data", (piece) => text += piece);
      socket.on("error", reject);
      socket.on("close", () => {
        resolve(`${text.slice(9, 12)} ${text.slice(text.indexOf("\r\n\r\n") + 4)}`);
      });
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    });
  }

  get #controlPath(): string {
    return join(this.#folder, "control");
  }

  control(command: string): Promise<string> {
    return askControl(this.#controlPath, `${command}\n`);
  }

  async standings(): Promise<Record<string, Standing>> {
    const text = await this.control("show servers state app");
    const rows = text.split("\n").filter((line) => /^\d+ app /.test(line)).map((line) => {
      const [, , , server, address, operational, admin] = line.split(" ") as string[];
      const name = line.split(" ")[17]!;
      return [server!, { address: address!, operational: operational!, admin: admin!, name }];
    });
    return Object.fromEntries(rows);
  }

  /** Waits until a server stands so; answers what it last was. */
  async until(server: string, wanted: Partial<Standing>): Promise<Standing> {
    const deadlineAt = Date.now() + deadlineMs;
    for (;;) {
      const standing = (await this.standings())[server]!;
      const isThere = Object.entries(wanted).every(([key, value]) =>
        standing[key as keyof Standing] === value
      );
      if (isThere || Date.now() > deadlineAt) return standing;
      await Bun.sleep(pollMs);
    }
  }

  #text(): string {
    const names = `nameserver ns 127.0.0.1:${this.dns.port}`;
    return `global
  stats socket ${join(this.#folder, "control")} level admin
  log 127.0.0.1:${this.sink.port} local0
resolvers r
  ${names}
  resolve_retries 1
  timeout retry 20s
  timeout resolve 100ms
  hold nx 1ms
  hold refused 1ms
  hold other 1ms
  hold valid 60s
resolvers hasty
  ${names}
  timeout retry 100ms
  hold timeout 1ms
resolvers rtcp
  nameserver ns tcp@127.0.0.1:${this.dns.port}
  resolve_retries 1
  timeout retry 20s
defaults
  mode http
  timeout connect 30s
  timeout client 30s
  timeout server 30s
frontend www
  bind 127.0.0.1:${this.#port}
  http-request do-resolve(txn.ip,r,ipv4) hdr(host),host_only if { path /4 }
  http-request do-resolve(txn.ip,r,ipv6) hdr(host),host_only if { path /6 }
  http-request do-resolve(txn.ip,r) hdr(host),host_only if { path /any }
  http-request do-resolve(txn.ip,hasty,ipv4) hdr(host),host_only if { path /hasty }
  http-request do-resolve(txn.ip,rtcp,ipv4) hdr(host),host_only if { path /tcp }
  http-request do-resolve(txn.ip,r,ipv4) hdr(host),host_only if { path_beg /forward }
  http-request return status 200 content-type text/plain lf-string "%[var(txn.ip)]." unless { path_beg /forward }
  use_backend nowhere unless { var(txn.ip) -m found }
  default_backend forward
frontend hasty_content
  bind 127.0.0.1:${this.#ports.hasty}
  tcp-request content do-resolve(sess.ip,r,ipv4) str(origin.test)
  http-request return status 200 content-type text/plain lf-string "%[var(sess.ip)]."
frontend content
  bind 127.0.0.1:${this.#ports.content}
  tcp-request inspect-delay 30s
  tcp-request content do-resolve(sess.ip,r,ipv4) str(origin.test)
  http-request return status 200 content-type text/plain lf-string "%[var(sess.ip)]."
frontend late_content
  bind 127.0.0.1:${this.#ports.late}
  tcp-request inspect-delay 200ms
  tcp-request content do-resolve(sess.ip,r,ipv4) str(silent.test)
  http-request return status 200 content-type text/plain lf-string "%[var(sess.ip)]."
frontend stream
  mode tcp
  bind 127.0.0.1:${this.#ports.stream}
  tcp-request inspect-delay 30s
  tcp-request content do-resolve(sess.ip,r,ipv4) str(origin.test)
  tcp-request content set-dst var(sess.ip)
  tcp-request content set-dst-port int(${this.origin.port})
  tcp-request content reject unless { var(sess.ip) -m ip 127.0.0.1 }
  default_backend stream
frontend late_stream
  mode tcp
  bind 127.0.0.1:${this.#ports.lateStream}
  tcp-request inspect-delay 200ms
  tcp-request content do-resolve(sess.ip,r,ipv4) str(silent.test)
  tcp-request content reject unless { var(sess.ip) -m found }
  default_backend stream
backend stream
  mode tcp
  server clear 0.0.0.0:0
backend nowhere
backend forward
  http-request set-dst var(txn.ip)
  http-request set-dst-port int(${this.origin.port})
  server clear 0.0.0.0:0
backend app
  log global
  default-server resolvers r init-addr none
${servers.map((line) => `  ${line}\n`).join("")}`;
  }
}

describe.skipIf(!haproxy.available)("names that are asked for at run time", () => {
  const sides = { haproxy: new Side(startHaproxy), sluice: new Side(startSluice) };
  const both = Object.values(sides);
  const { sluice } = sides;

  beforeAll(() => Promise.all(both.map((side) => side.up())), deadlineMs);
  afterAll(() => Promise.all(both.map((side) => side.down())), deadlineMs);

  /** What both sides make of the same, to be compared. */
  async function compared<T>(ask: (side: Side) => Promise<T>): Promise<[sluice: T, haproxy: T]> {
    return [await ask(sluice), await ask(sides.haproxy)];
  }

  test("each server is where its name leads, or in maintenance", async () => {
    for (const side of both) {
      const resting = { admin: "32", address: "-" };
      await Promise.all([
        side.until("goes", resting),
        side.until("silent", resting),
        side.until("shared2", { admin: "0" }),
        side.until("share2", { admin: "0" }),
        side.until("many3", { admin: "0" }),
        side.until("net", { admin: "0" }),
        side.until("two4", { admin: "0" }),
        side.until("alias", { admin: "0" }),
      ]);
    }
    const [ours, theirs] = await compared((side) => side.standings());
    expect(ours).toEqual(theirs);
    expect(ours.net!.address).toBe("10.1.0.1");
    expect(ours.share3).toEqual({
      address: "-",
      operational: "0",
      admin: "32",
      name: "share.test",
    });
  }, 2 * deadlineMs);

  test("the statistics say why a server rests", async () => {
    const status = async (side: Side) => {
      const text = await side.control("show stat");
      return text.split("\n").filter((line) => line.startsWith("app,")).map((line) => {
        const fields = line.split(",");
        return `${fields[1]} ${fields[17]} ${fields[73]}`;
      });
    };
    const [ours, theirs] = await compared(status);
    expect(ours).toEqual(theirs);
  });

  test.each([
    ["/4", "two.test"],
    ["/6", "two.test"],
    ["/any", "six.test"],
    ["/4", "six.test"],
    ["/6", "SIX.test."],
    ["/4", "alias.test:8080"],
    ["/4", "lost.test"],
    ["/any", "nothing.test"],
    ["/4", "refused.test"],
    ["/6", "failing.test"],
    ["/4", "cut.test"],
    ["/4", "empty.test"],
    ["/4", "a..b"],
    ["/4", "127.0.0.1"],
    ["/hasty", "silent.test"],
    ["/tcp", "two.test"],
    ["/tcp", "nothing.test"],
    ["/tcp", "alias.test"],
  ])("do-resolve %s of %s", async (path, host) => {
    const [ours, theirs] = await compared((side) => side.get(path, host));
    expect(ours).toBe(theirs);
  }, deadlineMs);

  test.each(
    [
      ["hasty", "200 ."],
      ["content", "200 127.0.0.1."],
      ["late", "200 ."],
      ["stream", "200 origin GET / HTTP/1.1"],
      ["lateStream", " "],
    ] as const,
  )("content inspection waits as its delay allows: %s", async (at, answer) => {
    const [ours, theirs] = await compared((side) => side.get("/", "x", at));
    expect(ours).toBe(theirs);
    expect(ours).toBe(answer);
  }, deadlineMs);

  test("a forward proxy goes where the name leads", async () => {
    const [ours, theirs] = await compared((side) => side.get("/forward", "origin.test"));
    expect(ours).toBe(theirs);
    expect(ours).toStartWith("200 origin GET /forward");
    const [gone, goneToo] = await compared((side) => side.get("/forward", "nothing.test"));
    expect(gone.slice(0, 3)).toBe(goneToo.slice(0, 3));
    expect(gone).toStartWith("503");
  }, deadlineMs);

  test("a server goes along when its name leads somewhere else", async () => {
    for (const { dns } of both) dns.zone.set("two.test", { addresses: ["127.0.0.7"] });
    const [ours, theirs] = await compared((side) => side.until("two", { address: "127.0.0.7" }));
    expect(ours).toEqual(theirs);
    await expectSameLines("app/two changed its IP from 127.0.0.");
  }, 2 * deadlineMs);

  test("one rests while its name has no address, and comes back with one", async () => {
    for (const { dns } of both) dns.zone.set("two.test", { instead: "no such name" });
    const [gone, goneToo] = await compared((side) => side.until("two", { admin: "32" }));
    expect(gone).toEqual(goneToo);
    await expectSameLines("Server app/two is going DOWN for maintenance (DNS NX status)");
    for (const { dns } of both) dns.zone.set("two.test", { addresses: ["127.0.0.8"] });
    const [back, backToo] = await compared((side) => side.until("two", { admin: "0" }));
    expect(back).toEqual(backToo);
    await expectSameLines("app/two changed its IP from (none) to 127.0.0.8 by");
    await expectSameLines("Server app/two ('two.test') is UP/READY (resolves again)", 2);
    await expectSameLines("Server app/two administratively READY", 2);
  }, 4 * deadlineMs);

  test("what the operator wants holds behind it, and it behind that", async () => {
    const ask = async (side: Side) => {
      await side.control("set server app/six state maint");
      side.dns.zone.set("six.test", { instead: "refused" });
      const both = await side.until("six", { admin: "33" });
      await side.control("set server app/six state drain");
      const drained = await side.until("six", { admin: "40" });
      side.dns.zone.set("six.test", { addresses: ["::1"] });
      const back = await side.until("six", { admin: "8" });
      await side.control("set server app/six state ready");
      const ready = await side.until("six", { admin: "0" });
      return [both, drained, back, ready];
    };
    const [ours, theirs] = await compared(ask);
    expect(ours).toEqual(theirs);
    await expectSameLines("Server app/six is leaving forced maintenance but remains");
    await expectSameLines("Server app/six ('six.test') is UP/DRAIN (resolves again)");
  }, 4 * deadlineMs);

  test("one that rests for want of an address is given none by a command", async () => {
    const command = "set server app/nx addr 127.0.0.1";
    const [ours, theirs] = await compared((side) => side.control(command));
    expect(ours).toBe(theirs);
  });

  test("name servers are counted", async () => {
    const [ours, theirs] = await compared((side) => side.control("show resolvers rtcp"));
    expect(ours).toBe(theirs);
    const [unknown, unknownToo] = await compared((side) => side.control("show resolvers nope"));
    expect(unknown.trim()).toBe(unknownToo.trim());
  });

  /** Both say that line, as it is behind the process's name, and the same number of times. */
  async function expectSameLines(part: string, count = 1): Promise<void> {
    const [ours, theirs] = await compared(async ({ sink }) => {
      const lines = await sink.matching(part, count, deadlineMs);
      return lines.map((line) =>
        line.slice(line.indexOf("]: ") + 3).replace(/\. \d+ active.*/s, "")
      );
    });
    expect(ours.map((line) => line.trim())).toEqual(theirs.map((line) => line.trim()));
    expect(ours).toHaveLength(count);
  }
});
