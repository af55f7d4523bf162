import { describe, expect, test } from "bun:test";
import { DnsServer } from "../support/dns_server.ts";
import { freePort } from "../support/free_port.ts";
import { naming } from "./stage/origin.ts";
import { section, Stage } from "./stage/stage.ts";
import { project } from "../../scripts/project.ts";
import { join } from "node:path";
import { sluiceCommand } from "../support/sluice.ts";

const get = (host: string): string => `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`;

/** A name server for the time of a test. */
async function nameServer(): Promise<DnsServer & AsyncDisposable> {
  const dns = new DnsServer();
  await dns.start();
  return Object.assign(dns, { [Symbol.asyncDispose]: () => dns.stop() });
}

const defaults = section("defaults", [
  "mode http",
  "timeout connect 30s",
  "timeout client 30s",
  "timeout server 30s",
]);

function followingServer(port: number, dns: DnsServer, to: number, weight = 1): string {
  return section("global", ["log stdout format raw local0"]) +
    section("resolvers r", [
      `nameserver ns 127.0.0.1:${dns.port}`,
      "timeout retry 20s",
      "timeout resolve 50ms",
    ]) +
    defaults +
    section("frontend fe", [`bind 127.0.0.1:${port}`, "default_backend be"]) +
    section("backend be", [
      "log global",
      `server s app.test:${to} resolvers r init-addr none weight ${weight}`,
    ]);
}

// A reload took `init-addr none` for the truth: each one cost the backend its servers for a moment.
test("a server that follows its name serves on over a reload", async () => {
  await using dns = await nameServer();
  await using stage = new Stage();
  const origin = await stage.origin(naming("app"));
  const port = await freePort();
  dns.zone.set("app.test", { addresses: ["127.0.0.1"] });
  const gateway = await stage.gateway(followingServer(port, dns, origin.port));
  await gateway.said("Server be/s ('app.test') is UP/READY (resolves again)");
  const client = await stage.client(port);
  expect((await client.ask(get("a"))).start).toBe("HTTP/1.1 200 OK");
  // From now on nobody would find it again.
  dns.zone.set("app.test", { instead: "silence" });
  gateway.rewrite(followingServer(port, dns, origin.port, 2));
  gateway.signal("SIGHUP");
  await gateway.said("configuration reloaded");
  expect((await client.ask(get("a"))).start).toBe("HTTP/1.1 200 OK");
  expect(gateway.output).not.toContain("going DOWN");
});

test("a section that is taken out answers rules that wait, and asks no more", async () => {
  await using dns = await nameServer();
  await using stage = new Stage();
  const port = await freePort();
  dns.zone.set("slow.test", { instead: "silence" });
  const rule = "do-resolve(txn.ip,r,ipv4) hdr(host)";
  const configuration = (lines: readonly string[], rules: readonly string[]) =>
    section("global", ["log stdout format raw local0"]) +
    (lines.length > 0 ? section("resolvers r", lines) : "") + defaults +
    section("frontend fe", [
      `bind 127.0.0.1:${port}`,
      ...rules.map((text) => `http-request ${text}`),
      'http-request return status 200 content-type text/plain lf-string "<%[var(txn.ip)]>"',
    ]);
  const servers = [`nameserver ns 127.0.0.1:${dns.port}`, "timeout retry 600s"];
  const gateway = await stage.gateway(configuration(servers, [rule]));
  const client = await stage.client(port);
  const answer = client.ask(get("slow.test"));
  await dns.untilAsked("slow.test", 1);
  gateway.rewrite(configuration([], []));
  gateway.signal("SIGHUP");
  expect((await answer).body).toBe("<>");
});

const runtimes = [
  { name: "Bun", command: [...sluiceCommand()] },
  {
    name: "Deno",
    command: [project.bin("deno"), "run", "-A", "--no-check", join(project.root, "src/main.ts")],
  },
];

describe.each(runtimes)("on $name", ({ command }) => {
  test.each(["", "tcp@"])("names are asked for over '%s'", async (over) => {
    await using dns = await nameServer();
    await using stage = new Stage();
    const port = await freePort();
    dns.zone.set("a.test", { addresses: ["192.0.2.7", "2001:db8::7"] });
    await stage.gateway(
      section("resolvers r", [`nameserver ns ${over}127.0.0.1:${dns.port}`, "timeout retry 20s"]) +
        defaults +
        section("frontend fe", [
          `bind 127.0.0.1:${port}`,
          "http-request do-resolve(txn.four,r,ipv4) hdr(host)",
          "http-request do-resolve(txn.six,r,ipv6) hdr(host)",
          "http-request return status 200 content-type text/plain lf-string " +
          '"%[var(txn.four)] %[var(txn.six)]"',
        ]),
      { command },
    );
    const client = await stage.client(port);
    expect((await client.ask(get("a.test"))).body).toBe("192.0.2.7 2001:db8::7");
    expect(dns.queries.map((query) => query.over)).toEqual(
      over === "" ? ["udp", "udp"] : ["tcp", "tcp"],
    );
  });
});
