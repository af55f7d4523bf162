import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GatewayProcess } from "../support/child_process.ts";
import { freePort } from "../support/free_port.ts";
import { haproxyAvailable, startHaproxy } from "../support/haproxy.ts";
import { startSluice } from "../support/sluice.ts";
import { SyslogSink } from "../support/syslog_sink.ts";
import { StoryOrigin } from "../scenario/stage/origin.ts";
import { Peer } from "../scenario/stage/peer.ts";

const haproxy = haproxyAvailable();
const lineDeadlineMs = 5_000;
const request = "GET / HTTP/1.0\r\n\r\n";

const signature = "\r\n\r\n\0\r\nQUIT\n";
/** 1.2.3.4:11 to 5.6.7.8:22. */
const ends4 = "\x01\x02\x03\x04\x05\x06\x07\x08\x00\x0b\x00\x16";
const ends6 = "\x20\x01\x0d\xb8" + "\0".repeat(11) + "\x01" + "\0".repeat(10) +
  "\xff\xff\x01\x02\x03\x04\x00\x0b\x00\x16";

function v2(command: number, family: number, rest: string): string {
  return signature + String.fromCharCode(command, family, rest.length >> 8, rest.length & 255) +
    rest;
}

function tlv(type: number, value: string): string {
  return String.fromCharCode(type, value.length >> 8, value.length & 255) + value;
}

interface Received {
  readonly name: string;
  readonly bytes: string;
  /** What comes out here where Debian's haproxy does otherwise, and why. */
  readonly ours?: string;
  readonly because?: string;
}

const asSpecified = "the specification asks for it, HAProxy reads loosely";
const proxied = "1.2.3.4:11 5.6.7.8:22 1 [] []";
const own = "CLIENT DOOR 1 [] []";
const invalid = "dropped: Received an invalid PROXY protocol header";

const received: readonly Received[] = [
  { name: "a request", bytes: "" },
  { name: "TCP4", bytes: "PROXY TCP4 1.2.3.4 5.6.7.8 11 22\r\n" },
  {
    name: "the longest TCP4",
    bytes: "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n",
  },
  { name: "port 0", bytes: "PROXY TCP6 2001:db8::1 ::1 9 0\r\n" },
  { name: "TCP6", bytes: "PROXY TCP6 2001:db8::1 ::ffff:1.2.3.4 9 22\r\n" },
  {
    name: "the longest TCP6",
    bytes: "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff " +
      "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe 65535 65535\r\n",
  },
  { name: "UNKNOWN", bytes: "PROXY UNKNOWN\r\n" },
  {
    name: "UNKNOWN with addresses",
    bytes: "PROXY UNKNOWN ::1 ::2 1 2\r\n",
    ours: own,
    because: "the specification says to ignore what follows UNKNOWN",
  },
  { name: "UDP4", bytes: "PROXY UDP4 1.2.3.4 5.6.7.8 11 22\r\n" },
  { name: "lower case", bytes: "proxy TCP4 1.2.3.4 5.6.7.8 11 22\r\n" },
  { name: "a line feed alone", bytes: "PROXY TCP4 1.2.3.4 5.6.7.8 11 22\n" },
  { name: "a word too much", bytes: "PROXY TCP4 1.2.3.4 5.6.7.8 11 22 x\r\n" },
  { name: "a word too few", bytes: "PROXY TCP4 1.2.3.4 5.6.7.8 11\r\n" },
  { name: "two blanks", bytes: "PROXY TCP4  1.2.3.4 5.6.7.8 11 22\r\n" },
  { name: "IPv4 in TCP6", bytes: "PROXY TCP6 1.2.3.4 ::1 11 22\r\n" },
  { name: "IPv6 in TCP4", bytes: "PROXY TCP4 ::1 ::1 11 22\r\n" },
  {
    name: "a leading zero",
    bytes: "PROXY TCP4 1.2.3.4 5.6.7.8 011 22\r\n",
    ours: invalid,
    because: asSpecified,
  },
  {
    name: "an octet above 255",
    bytes: "PROXY TCP4 1.2.3.444 5.6.7.8 11 22\r\n",
    ours: invalid,
    because: asSpecified,
  },
  {
    name: "a port above 65535",
    bytes: "PROXY TCP4 1.2.3.4 5.6.7.8 99999 22\r\n",
    ours: invalid,
    because: asSpecified,
  },
  {
    name: "no port",
    bytes: "PROXY TCP4 1.2.3.4 5.6.7.8  22\r\n",
    ours: invalid,
    because: asSpecified,
  },
  {
    name: "TCP6 with a word too much",
    bytes: "PROXY TCP6 ::1 ::1 11 22 x\r\n",
    ours: invalid,
    because: asSpecified,
  },
  {
    name: "a line longer than 107 bytes",
    bytes: "PROXY TCP6 2001:db8::1 ::1 11 22" + " ".repeat(100) + "\r\n",
    ours: invalid,
    because: asSpecified,
  },
  { name: "v2 TCP4", bytes: v2(0x21, 0x11, ends4) },
  { name: "v2 TCP6", bytes: v2(0x21, 0x21, ends6) },
  { name: "v2 LOCAL", bytes: v2(0x20, 0x00, "") },
  { name: "v2 LOCAL with addresses", bytes: v2(0x20, 0x11, ends4) },
  { name: "v2 LOCAL with values", bytes: v2(0x20, 0x00, tlv(2, "a.example")) },
  { name: "v2 LOCAL with broken values", bytes: v2(0x20, 0x00, "\x02\x09") },
  { name: "v2 values", bytes: v2(0x21, 0x11, ends4 + tlv(2, "a.example") + tlv(5, "id")) },
  { name: "v2 unknown values", bytes: v2(0x21, 0x11, ends4 + tlv(4, "") + tlv(0xe0, "x")) },
  { name: "v2 longest authority", bytes: v2(0x21, 0x11, ends4 + tlv(2, "a".repeat(255))) },
  { name: "v2 authority too long", bytes: v2(0x21, 0x11, ends4 + tlv(2, "a".repeat(256))) },
  { name: "v2 longest unique id", bytes: v2(0x21, 0x11, ends4 + tlv(5, "a".repeat(128))) },
  { name: "v2 unique id too long", bytes: v2(0x21, 0x11, ends4 + tlv(5, "a".repeat(129))) },
  { name: "v2 wrong checksum", bytes: v2(0x21, 0x11, ends4 + tlv(3, "abcd")) },
  { name: "v2 short checksum", bytes: v2(0x21, 0x11, ends4 + tlv(3, "abc")) },
  { name: "v2 value cut short", bytes: v2(0x21, 0x11, ends4 + "\x02\x00\x09a") },
  { name: "v2 value's head cut short", bytes: v2(0x21, 0x11, ends4 + "\x02\x00") },
  { name: "v2 addresses cut short", bytes: v2(0x21, 0x11, ends4.slice(4)) },
  { name: "v2 another command", bytes: v2(0x22, 0x11, ends4) },
  { name: "v2 another version", bytes: v2(0x11, 0x11, ends4) },
  { name: "v2 another family", bytes: v2(0x21, 0x41, ends4) },
  { name: "v2 too long", bytes: v2(0x21, 0x11, ends4 + tlv(0xe0, "x".repeat(40000))) },
  {
    name: "v2 unspecified family",
    bytes: v2(0x21, 0x00, ""),
    ours: own,
    because: "HAProxy means to keep the connection's own addresses, and fails over the values",
  },
  {
    name: "v2 unix stream",
    bytes: v2(0x21, 0x31, "/a".padEnd(216, "\0")),
    ours: own,
    because: "HAProxy means to keep the connection's own addresses, and fails over the values",
  },
  {
    name: "v2 datagrams",
    bytes: v2(0x21, 0x12, ends4),
    ours: own,
    because: "HAProxy means to keep the connection's own addresses, and fails over the values",
  },
];

/** A gateway with a door that wants headers and a way out for each kind of header. */
class Gateway {
  readonly sink = new SyslogSink();
  door = 0;
  out = 0;
  #process: GatewayProcess | undefined;
  #drops = 0;
  readonly #folder = mkdtempSync(join(tmpdir(), "sluice-proxy-"));

  constructor(private readonly start: typeof startSluice) {}

  async up(origin: number): Promise<void> {
    await this.sink.start();
    [this.door, this.out] = [await freePort(), await freePort()];
    const file = join(this.#folder, "haproxy.cfg");
    writeFileSync(file, this.#text(origin));
    this.#process = await this.start(file, { host: "127.0.0.1", port: this.out });
  }

  #text(origin: number): string {
    const backends = Object.entries(ways).map(([name, options]) =>
      `backend ${name}\n  server s 127.0.0.1:${origin} ${options}\n`
    );
    return `global
  log 127.0.0.1:${this.sink.port} format raw local0
defaults
  mode http
  log global
  option httplog
  unique-id-format id-%[path]
  timeout connect 5s
  timeout client 10s
  timeout server 10s
frontend door
  bind 127.0.0.1:${this.door} accept-proxy name door
  http-request return status 200 content-type text/plain lf-string "%[src]:%[src_port] ` +
      `%[dst]:%[dst_port] %[fc_rcvd_proxy] [%[fc_pp_authority]] [%[fc_pp_unique_id]]"
frontend out
  bind 127.0.0.1:${this.out}
  use_backend %[path,field(2,/)]
${backends.join("")}`;
  }

  /** What it takes these bytes for: what it says of the connection, or why it dropped it. */
  async take(bytes: string): Promise<string> {
    const client = await Peer.connect(this.door);
    const from = `127.0.0.1:${client.socket.localPort}`;
    const text = await client.send(bytes + request).end();
    client.close();
    if (text !== "") {
      return text.slice(text.indexOf("\r\n\r\n") + 4).replace(from, "CLIENT")
        .replace(`127.0.0.1:${this.door}`, "DOOR");
    }
    const lines = await this.sink.matching("] door/door: ", ++this.#drops, lineDeadlineMs);
    return `dropped: ${lines.at(-1)!.split("] door/door: ")[1]!.trim()}`;
  }

  async down(): Promise<void> {
    await this.#process?.stop();
    this.sink.stop();
    rmSync(this.#folder, { recursive: true });
  }
}

/** Backends by what their server line says. */
const ways = {
  v1: "send-proxy",
  v2: "send-proxy-v2",
  crc: "send-proxy-v2 proxy-v2-options crc32c",
  all: "send-proxy-v2 proxy-v2-options unique-id,crc32c,authority",
  odd: "proxy-v2-options crc32c",
  both: "send-proxy-v2 send-proxy",
  undone: "send-proxy-v2 no-send-proxy-v2-ssl",
} as const;

describe.skipIf(!haproxy.available)("PROXY protocol headers beside Debian's haproxy", () => {
  const origin = new StoryOrigin();
  const [sluice, reference] = [new Gateway(startSluice), new Gateway(startHaproxy)];

  beforeAll(async () => {
    await origin.listen();
    await Promise.all([sluice.up(origin.port), reference.up(origin.port)]);
  }, 60_000);

  afterAll(async () => {
    await Promise.all([sluice.down(), reference.down(), origin.close()]);
  });

  for (const { name, bytes, ours, because } of received) {
    test(`takes ${name}${because ? ` otherwise: ${because}` : ""}`, async () => {
      const [got, wanted] = [await sluice.take(bytes), await reference.take(bytes)];
      expect(got).toBe(ours ?? wanted);
      if (ours !== undefined) expect(wanted).not.toBe(ours);
    });
  }

  test("knows the client by what the proxied case says", async () => {
    expect(await sluice.take(v2(0x21, 0x11, ends4))).toBe(proxied);
  });

  for (const name of Object.keys(ways)) {
    test(`sends with '${name}'`, async () => {
      const sent = async (gateway: Gateway): Promise<string> => {
        const client = await Peer.connect(gateway.out);
        client.send(`GET /${name} HTTP/1.1\r\nHost: a\r\n\r\n`);
        const server = await origin.accept();
        const header = await server.until("GET /");
        const port = client.socket.localPort!;
        server.close();
        client.close();
        return masked(header, [port, gateway.out]);
      };
      expect(await sent(sluice)).toBe(await sent(reference));
    });
  }

  for (const way of ["v1", "v2", "all"] as const) {
    test(`haproxy in front of us, ${way}`, () => through(reference, way, sluice));
    test(`haproxy behind us, ${way}`, () => through(sluice, way, reference));
  }

  /** A request through both gateways, the second of which says whom it sees. */
  async function through(first: Gateway, way: keyof typeof ways, second: Gateway): Promise<void> {
    const client = await Peer.connect(first.out);
    client.send(`GET /${way} HTTP/1.1\r\nHost: a\r\n\r\n`);
    const from = await origin.accept();
    const header = await from.until("GET /");
    const bytes = header.slice(0, -"GET /".length);
    const id = way === "all" ? `id-/${way}` : "";
    expect(await second.take(bytes)).toBe(
      `127.0.0.1:${client.socket.localPort} 127.0.0.1:${first.out} 1 [] [${id}]`,
    );
    from.close();
    client.close();
  }
});

/** Hides what differs from run to run: ports, and a checksum over them. */
function masked(header: string, ports: readonly number[]): string {
  let text = header.replace(/\x03\x00\x04[^]{4}/, "CHECKSUM");
  for (const port of ports) {
    text = text.replace(String(port), "PORT")
      .replace(String.fromCharCode(port >> 8, port & 255), "PORT");
  }
  return text;
}
