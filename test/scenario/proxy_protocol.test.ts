import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { StoryOrigin } from "./stage/origin.ts";
import { field, type Peer } from "./stage/peer.ts";
import { type SimpleOptions, Stage } from "./stage/stage.ts";
import { freePort } from "../support/free_port.ts";
import { haproxyAvailable, startHaproxy } from "../support/haproxy.ts";

const request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const signature = "\r\n\r\n\0\r\nQUIT\n";
/** 1.2.3.4:11 to 5.6.7.8:22. */
const ends = "\x01\x02\x03\x04\x05\x06\x07\x08\x00\x0b\x00\x16";

function v2(command: number, family: number, rest: string): string {
  return signature + String.fromCharCode(command, family, rest.length >> 8, rest.length & 255) +
    rest;
}

function tlv(type: number, value: string): string {
  return String.fromCharCode(type, value.length >> 8, value.length & 255) + value;
}

interface Lines {
  readonly global?: string;
  readonly frontend?: readonly string[];
  readonly backend?: readonly string[];
  readonly servers?: readonly string[];
  readonly bind?: string;
}

async function scene(stage: Stage, lines: Lines) {
  const port = await freePort();
  const text = [
    "global",
    "  log stdout format raw local0",
    `  ${lines.global ?? ""}`,
    "defaults",
    "  mode http",
    "  log global",
    "  option httplog",
    "  timeout connect 5s",
    "  timeout client 30s",
    "  timeout server 30s",
    "frontend fe",
    `  bind 127.0.0.1:${port} ${lines.bind ?? ""}`,
    ...(lines.frontend ?? []),
    ...(lines.servers ? ["default_backend be", "backend be"] : []),
    ...(lines.backend ?? []),
    ...(lines.servers ?? []),
  ].join("\n") + "\n";
  const options: SimpleOptions = { file: "haproxy.cfg" };
  return { gateway: await stage.gateway(text, options), port };
}

/** A gateway that answers with what it takes the connection for. */
function mirror(stage: Stage, frontend: readonly string[] = []) {
  return scene(stage, {
    bind: "accept-proxy name door",
    frontend: [
      ...frontend,
      "http-request return status 200 content-type text/plain lf-string " +
      '"%[src]:%[src_port] %[dst]:%[dst_port] %[fc_src] %[fc_rcvd_proxy]"',
    ],
  });
}

const proxied = "1.2.3.4:11 5.6.7.8:22 127.0.0.1 1";

describe("a connection that must begin with a header", () => {
  test("is the client's that a version 1 line names, in rules and in the log", async () => {
    await using stage = new Stage();
    const { gateway, port } = await mirror(stage);
    const client = await stage.client(port);
    client.send("PROXY TCP4 1.2.3.4 5.6.7.8 11 22\r\n" + request);
    expect((await client.answer()).body).toBe(proxied);
    expect((await client.ask(request)).body).toBe(proxied);
    const line = await gateway.said('"GET / HTTP/1.1"');
    expect(line).toContain("1.2.3.4:11 [");
  });

  test("is the client's that a version 2 header names", async () => {
    await using stage = new Stage();
    const { port } = await mirror(stage);
    const client = await stage.client(port);
    client.send(v2(0x21, 0x11, ends) + request);
    expect((await client.answer()).body).toBe(proxied);
  });

  for (
    const [name, header] of [
      ["LOCAL", v2(0x20, 0x11, ends)],
      ["UNKNOWN", "PROXY UNKNOWN\r\n"],
      ["UNKNOWN with addresses", "PROXY UNKNOWN ::1 ::2 1 2\r\n"],
      ["a unix stream", v2(0x21, 0x31, "/a".padEnd(216, "\0"))],
    ] as const
  ) {
    test(`keeps its own addresses with ${name}`, async () => {
      await using stage = new Stage();
      const { port } = await mirror(stage);
      const client = await stage.client(port);
      client.send(header + request);
      const own = `127.0.0.1:${client.socket.localPort} 127.0.0.1:${port} 127.0.0.1 1`;
      expect((await client.answer()).body).toBe(own);
    });
  }

  for (
    const [name, header] of [
      ["version 1", "PROXY TCP4 1.2.3.4 5.6.7.8 11 22\r\n"],
      ["version 2", v2(0x21, 0x11, ends + tlv(0xe0, "value"))],
    ] as const
  ) {
    test(`may bring ${name} byte by byte`, async () => {
      await using stage = new Stage();
      const { port } = await mirror(stage);
      const client = await stage.client(port);
      await client.sendApart(header + request);
      expect((await client.answer()).body).toBe(proxied);
    });
  }

  test("lets rules read the values of its header", async () => {
    await using stage = new Stage();
    const { port } = await scene(stage, {
      bind: "accept-proxy",
      frontend: [
        "http-request deny if { fc_pp_tlv(0xE0) second }",
        "http-request return status 200 content-type text/plain lf-string " +
        '"%[fc_pp_authority] %[fc_pp_unique_id] %[fc_pp_tlv(224)] [%[fc_pp_tlv(noop)]]"',
      ],
    });
    const values = tlv(2, "a.example") + tlv(5, "id7") + tlv(0xe0, "first");
    const client = await stage.client(port);
    client.send(v2(0x21, 0x11, ends + values) + request);
    expect((await client.answer()).body).toBe("a.example id7 first []");
    const other = await stage.client(port);
    other.send(v2(0x21, 0x11, ends + values + tlv(0xe0, "second")) + request);
    expect((await other.answer()).start).toContain(" 403 ");
  });

  for (
    const [name, bytes, words] of [
      ["a request", request, "Received something which does not look like a PROXY protocol header"],
      ["a broken line", "PROXY TCP4 1.2.3.4 5.6.7 11 22\r\n", "Received an invalid PROXY protocol"],
      ["a line too long", "PROXY TCP4 " + "1".repeat(200), "Received an invalid PROXY protocol"],
      [
        "another protocol",
        "PROXY UDP4 1.2.3.4 5.6.7.8 11 22\r\n",
        "Received an unhandled protocol",
      ],
      ["a header too long", v2(0x21, 0x11, "x".repeat(40000)), "Truncated PROXY protocol header"],
      ["a wrong checksum", v2(0x21, 0x11, ends + tlv(3, "abcd")), "Received an invalid PROXY"],
    ] as const
  ) {
    test(`is dropped with ${name}, which is logged, and counts no more`, async () => {
      await using stage = new Stage();
      const { gateway, port } = await mirror(stage);
      const client = await stage.client(port);
      const from = `127.0.0.1:${client.socket.localPort} [`;
      client.send(bytes);
      expect(await client.end()).toBe("");
      expect(await gateway.said(words)).toContain(from);
      expect(gateway.output).toContain("] fe/door: ");
      const next = await stage.client(port);
      next.send(v2(0x21, 0x11, ends) + request);
      expect((await next.answer()).body).toBe(proxied);
      expect(await gateway.said('"GET / HTTP/1.1"')).toContain(" LR-- 1/1/0/0/0 ");
    });
  }

  test("has `timeout client-hs` to bring it, and is told apart from one that left", async () => {
    await using stage = new Stage();
    const { gateway, port } = await mirror(stage, ["timeout client-hs 50ms"]);
    const slow = await stage.client(port);
    slow.send("PROXY TCP4 1.2");
    expect(await slow.end()).toBe("");
    expect(await gateway.said("Timeout")).toContain(
      "fe/door: Timeout while waiting for PROXY protocol header",
    );
    const cut = await stage.client(port);
    cut.send("PROXY TCP4 1.2").halfClose();
    await cut.end();
    await gateway.said("fe/door: Truncated PROXY protocol header received");
    const leaving = await stage.client(port);
    leaving.halfClose();
    await leaving.end();
    await gateway.said("fe/door: Connection closed while waiting for PROXY protocol header");
  });

  test("is logged as `error-log-format` says, and not at all when null connections are not", async () => {
    await using stage = new Stage();
    const { gateway, port } = await mirror(stage, [
      "option dontlognull",
      'error-log-format "ERR %ci %ft %[fc_err] %[fc_err_str] %ts"',
    ]);
    const silent = await stage.client(port);
    silent.halfClose();
    await silent.end();
    const wrong = await stage.client(port);
    wrong.send(request);
    await wrong.end();
    const line = await gateway.said("ERR");
    expect(line).toContain(
      "ERR 127.0.0.1 fe 15 Received something which does not look like a PROXY protocol header PR",
    );
    expect(gateway.output.split("ERR").length).toBe(2);
  });
});

/** What an origin received first on this connection, up to the request's line. */
async function preface(server: Peer): Promise<string> {
  return (await server.until("GET /")).slice(0, -"GET /".length);
}

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

describe("a server that wants to know the client", () => {
  test("gets a version 1 line before the first request, and only then", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { port } = await scene(stage, {
      servers: [`server s 127.0.0.1:${origin.port} send-proxy`],
    });
    const client = await stage.client(port);
    client.send(request);
    const server = await origin.accept();
    const from = client.socket.localPort;
    expect(await preface(server)).toBe(`PROXY TCP4 127.0.0.1 127.0.0.1 ${from} ${port}\r\n`);
    await server.until("\r\n\r\n");
    server.send(ok);
    await client.answer();
    client.send(request);
    expect((await server.request()).start).toBe("GET / HTTP/1.1");
    server.send(ok);
    await client.answer();
    expect(origin.accepted).toBe(1);
  });

  test("gets a version 2 header with what the options ask for", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { port } = await scene(stage, {
      bind: "accept-proxy",
      frontend: ["unique-id-format id-%[path]"],
      servers: [
        `server s 127.0.0.1:${origin.port} send-proxy-v2 proxy-v2-options authority,unique-id ` +
        "set-proxy-v2-tlv-fmt(0xE1) <%[method]>",
      ],
    });
    const client = await stage.client(port);
    client.send(v2(0x21, 0x11, ends + tlv(2, "a.example")) + request);
    const server = await origin.accept();
    expect(await preface(server)).toBe(
      v2(0x21, 0x11, ends + tlv(0xe1, "<GET>") + tlv(2, "a.example") + tlv(5, "id-/")),
    );
  });

  test("gets what rules made of the client's address", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { port } = await scene(stage, {
      frontend: ["http-request set-src hdr(x)", "http-request set-src-port int(7)"],
      servers: [`server s 127.0.0.1:${origin.port} send-proxy`],
    });
    const client = await stage.client(port);
    client.send("GET / HTTP/1.1\r\nHost: a\r\nX: 2001:db8::1\r\n\r\n");
    expect(await preface(await origin.accept())).toBe(
      `PROXY TCP6 2001:db8::1 ::ffff:127.0.0.1 7 ${port}\r\n`,
    );
  });

  test("never gets two clients on one connection, however eager the reuse", async () => {
    await using stage = new Stage();
    const origin = await stage.origin(async (peer) => {
      const announced = (await peer.until("\r\n")).split(" ")[4]!;
      for (;;) {
        const port = field(await peer.request(), "x-port");
        peer.send(port === announced ? ok : ok.replace("200 OK", "500 Somebody else's"));
      }
    });
    const { port } = await scene(stage, {
      backend: ["http-reuse always"],
      servers: [`server s 127.0.0.1:${origin.port} send-proxy`],
    });
    const [one, two] = [await stage.client(port), await stage.client(port)];
    for (const client of [one, one, two, two, one, two]) {
      const port = `X-Port: ${client.socket.localPort}\r\n\r\n`;
      expect((await client.ask(request.replace("\r\n\r\n", `\r\n${port}`))).start).toContain("200");
    }
  });

  for (
    const [options, expected] of [
      [
        "send-proxy check",
        /^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ \d+\r\nOPTIONS \/ HTTP\/1\.0/,
      ],
      ["send-proxy-v2 check", /^\r\n\r\n\0\r\nQUIT\n \0\0\0OPTIONS \/ HTTP\/1\.0/],
      ["check check-send-proxy", /^PROXY TCP4 /],
      ["send-proxy check addr 127.0.0.1", /^OPTIONS \/ HTTP\/1\.0/],
      ["send-proxy check check-send-proxy addr 127.0.0.1", /^PROXY TCP4 /],
    ] as const
  ) {
    test(`is checked with '${options}' as the options say`, async () => {
      await using stage = new Stage();
      const origin = await stage.origin();
      await scene(stage, {
        backend: ["option httpchk"],
        servers: [`server s 127.0.0.1:${origin.port} ${options}`],
      });
      expect(await (await origin.accept()).until(" HTTP/1.0")).toMatch(expected);
    });
  }
});

describe("pp2-never-send-local", () => {
  const options = "send-proxy-v2 check inter 1s";

  /** The header that belongs to a check's connection. */
  async function expectProxied(origin: StoryOrigin): Promise<void> {
    const check = await origin.accept();
    const ports = [check.socket.remotePort!, origin.port];
    const numbers = ports.map((port) => String.fromCharCode(port >> 8, port & 255)).join("");
    const header = v2(0x21, 0x11, "\x7f\0\0\x01\x7f\0\0\x01" + numbers);
    expect(await check.bytes(header.length)).toBe(header);
  }

  test("has checks name their own addresses", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    await scene(stage, {
      global: "pp2-never-send-local",
      backend: ["option httpchk"],
      servers: [`server s 127.0.0.1:${origin.port} ${options}`],
    });
    await expectProxied(origin);
  });

  test.skipIf(!haproxyAvailable().available)("haproxy's checks do the same", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const port = await freePort();
    const file = join(mkdtempSync("/tmp/sluice-"), "haproxy.cfg");
    writeFileSync(
      file,
      "global\n  pp2-never-send-local\ndefaults\n  timeout connect 5s\n  timeout server 5s\n" +
        `  timeout client 5s\nfrontend fe\n  bind 127.0.0.1:${port}\nbackend be\n  option httpchk\n` +
        `  server s 127.0.0.1:${origin.port} ${options}\n`,
    );
    const haproxy = startHaproxy(file, { host: "127.0.0.1", port });
    try {
      await expectProxied(origin);
    } finally {
      await (await haproxy).stop();
      rmSync(dirname(file), { recursive: true });
    }
  });
});

describe("TCP mode", () => {
  /** A gateway that passes bytes on, and what the header was. */
  function passing(stage: Stage, port: number, bind: string, options: string) {
    return scene(stage, {
      bind,
      frontend: ["mode tcp", "option tcplog", "unique-id-format id-%[src]"],
      backend: ["mode tcp"],
      servers: [`server s 127.0.0.1:${port} ${options}`],
    });
  }

  test("tells the server what it was told, before the server's first word", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const options = "send-proxy-v2 proxy-v2-options authority,unique-id,crc32c";
    const { gateway, port } = await passing(stage, origin.port, "accept-proxy", options);
    const client = await stage.client(port);
    client.send(v2(0x21, 0x11, ends + tlv(2, "a.example")));
    const server = await origin.accept();
    const header = await server.until("id-1.2.3.4");
    const checksum = header.slice(31, 35);
    expect(header).toBe(
      v2(0x21, 0x11, ends + tlv(3, checksum) + tlv(2, "a.example") + tlv(5, "id-1.2.3.4")),
    );
    server.send("220 ready\r\n");
    expect(await client.until("\r\n")).toBe("220 ready\r\n");
    client.send("QUIT\r\n").halfClose();
    expect(await server.end()).toBe("QUIT\r\n");
    server.close();
    expect(await gateway.said(" be/s ")).toContain("1.2.3.4:11 [");
  });

  test("passes on what comes right behind the header", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { port } = await passing(stage, origin.port, "accept-proxy", "send-proxy");
    const client = await stage.client(port);
    await client.sendApart(["PROXY TCP6 ::1 ::2 1 ", "2\r\nearly", " words"]);
    const server = await origin.accept();
    expect(await server.until(" words")).toBe("PROXY TCP6 ::1 ::2 1 2\r\nearly words");
  });

  test("is chained to itself without the last one losing sight of the client", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const last = await passing(stage, origin.port, "accept-proxy", "send-proxy");
    const first = await passing(stage, last.port, "", "send-proxy-v2");
    const client = await stage.client(first.port);
    client.send("hello");
    const from = client.socket.localPort;
    expect(await (await origin.accept()).until("hello")).toBe(
      `PROXY TCP4 127.0.0.1 127.0.0.1 ${from} ${first.port}\r\nhello`,
    );
  });
});
