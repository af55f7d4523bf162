import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createServer, type Server } from "node:net";
import { writeCookieDate } from "../../src/backend/persistence/cookie_date.ts";
import type { GatewayProcess } from "../support/child_process.ts";
import { freePort } from "../support/free_port.ts";
import { haproxyAvailable } from "../support/haproxy.ts";
import { Peer } from "../scenario/stage/peer.ts";
import { GatewayPair } from "./pair.ts";

const haproxy = haproxyAvailable();
const skipped = haproxy.available ? "" : ` (skipped: ${haproxy.reason})`;

/** Lines of a backend, each with what stands in front of its servers. */
const backends: Readonly<Record<string, readonly string[]>> = {
  insert: ["cookie S insert"],
  indirect: ["cookie S insert indirect nocache"],
  preserve: ["cookie S insert indirect preserve"],
  postonly: ["cookie S insert postonly"],
  attributes: [
    "cookie S insert nocache httponly secure domain .a.example domain .b.example attr SameSite=Lax",
  ],
  idle: ["cookie S insert indirect maxidle 1h maxlife 2h"],
  life: ["cookie S insert maxlife 1d"],
  rewrite: ["cookie S rewrite nocache"],
  prefix: ["cookie S prefix"],
  passive: ["cookie S"],
  passiveIndirect: ["cookie S indirect"],
  ignoring: ["cookie S insert indirect", "ignore-persist if { path_beg /static }"],
  forcing: ["cookie S insert", "force-persist if { path_beg /force }"],
  persisting: ["option persist", "retries 0", "cookie S insert"],
  // Names made of addresses: each of the gateways leads back to what the other one named.
  dynamic: [
    "cookie S insert dynamic",
    "dynamic-cookie-key secret",
    ...["", "::ffff:"].map(
      (family, i) =>
        `server d${i} [${family}127.0.0.1]:@origin`.replace("[127.0.0.1]", "127.0.0.1"),
    ),
  ],
  dynamicWithoutKey: ["cookie S insert dynamic", "server d 127.0.0.1:@origin"],
  ruled: ["cookie S insert indirect", "use-server s2 if { path_beg /two }"],
};

const now = Date.now() / 1000;
const date = (ago: number): string => writeCookieDate(now - ago);

/** A request's start line, its Cookie fields, and what the origin sets. */
const requests: readonly (readonly [start: string, cookies: readonly string[], set?: string])[] = [
  ["GET /", []],
  ["GET /", ["S=a"]],
  ["GET /", ["x=1; S=b; y=2"]],
  ["GET /", ["S=b; x=1"]],
  ["GET /", ["x=1;S=b"]],
  ["GET /", ["S=unknown; x=1"]],
  ["GET /", ["S=; x=1"]],
  ["GET /", ["x=S=a; SS=b"]],
  ["GET /", ["x=1", "S=b"]],
  ["GET /", ["S=a; S=b"]],
  ["GET /", ["S=a~own; x=1"]],
  ["GET /", ["S=b~"]],
  ["GET /", ["S=d"]],
  ["GET /force", ["S=d"]],
  ["GET /static", ["S=b; x=1"]],
  ["GET /two", ["S=a"]],
  ["GET /two", []],
  ["POST /", []],
  ["POST /", ["S=a"]],
  ["GET /", [], "S=own; path=/x"],
  ["GET /", ["S=b"], "S=own; path=/x"],
  ["GET /", ["S=b"], "other=1"],
  ["GET /", ["S=b"], " S = own ; Path=/"],
  ["GET /", [], "S="],
  ["GET /", [`S=b|${date(60)}`]],
  ["GET /", [`S=b|${date(60)}|${date(120)}`]],
  ["GET /", [`S=b|${date(7000)}|${date(7100)}`]],
  ["GET /", [`S=b|${date(60)}|${date(90000)}`]],
  ["GET /", [`S=b|${date(-4000)}|${date(-90000)}`]],
  ["GET /", ["S=b|zz|"]],
  ["GET /private", []],
  ["GET /public", []],
  ["GET /nostore", ["S=a"]],
  ["GET /404", []],
  ["GET /302", []],
];

const cacheControls: Readonly<Record<string, string>> = {
  "/private": "Cache-Control: private\r\n",
  "/public": "Cache-Control: public, max-age=5\r\n",
  "/nostore": "Cache-Control: no-store\r\n",
};

describe.skipIf(!haproxy.available)(`cookies are those of the real haproxy${skipped}`, () => {
  let pair: GatewayPair;
  let origin: Server;

  beforeAll(async () => {
    origin = await mirror();
    const to = (origin.address() as { port: number }).port;
    const nobody = await freePort();
    pair = await GatewayPair.start((port) => configuration(port, to, nobody));
  });
  afterAll(async () => {
    await pair.stop();
    origin.close();
  });

  for (const backend of Object.keys(backends)) {
    test(backend, async () => {
      const [theirs, ours] = [
        await answers(pair.ports.theirs, backend),
        await answers(pair.ports.ours, backend),
      ];
      expect(ours).toEqual(theirs);
    });
  }

  test("log lines tell the same of them", async () => {
    const [theirs, ours] = [await linesOf(pair.running.theirs), await linesOf(pair.running.ours)];
    expect(theirs.length).toBe(linesMax);
    expect(ours).toEqual(theirs);
  });
});

/** One line for each request. */
const linesMax = requests.length * Object.keys(backends).length;
const patienceMs = 10_000;

/** What a gateway has logged, when all of it has come. */
async function linesOf(gateway: GatewayProcess): Promise<string[]> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    // The connection that found out whether it serves led to no server.
    const lines = gateway.output().split("\n")
      .filter((line) => line.startsWith("tsc ") && !line.includes("<NOSRV>"));
    if (lines.length >= linesMax || Date.now() > deadline) return lines;
    await Bun.sleep(5);
  }
}

function configuration(port: number, origin: number, nobody: number): string {
  const servers = [
    `server s1 127.0.0.1:${origin} cookie a`,
    `server s2 127.0.0.1:${origin} cookie b`,
    `server s3 127.0.0.1:${nobody} cookie d disabled`,
    `server s4 127.0.0.1:${origin} weight 0`,
  ];
  const sections = Object.entries(backends).map(([name, lines]) =>
    [`backend ${name}`, "balance static-rr", ...lines, ...servers].join("\n  ")
      .replaceAll("@origin", String(origin))
  );
  return `global
  nbthread 1
  log stdout format raw local0
defaults
  mode http
  log global
  timeout connect 5s
  timeout client 20s
  timeout server 20s
  http-reuse never
frontend entry
  bind 127.0.0.1:${port}
  log-format "tsc %tsc %b/%s"
  use_backend %[req.hdr(x-backend)]
${sections.join("\n")}
`;
}

/** An origin that answers with the cookies it was sent, and sets those it is told to. */
async function mirror(): Promise<Server> {
  const server = createServer((socket) => {
    let text = "";
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      for (let end = text.indexOf("\r\n\r\n"); end >= 0; end = text.indexOf("\r\n\r\n")) {
        socket.write(answer(text.slice(0, end + 2)));
        text = text.slice(end + 4);
      }
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return server;
}

function answer(head: string): string {
  const path = head.split(" ")[1]!;
  const status = /^\/(404|302)$/.exec(path)?.[1] ?? "200";
  const cookies = [...head.matchAll(/^cookie: (.*)\r$/gim)].map((match) => match[1]).join("|");
  const set = /^x-set: (.*)\r$/im.exec(head)?.[1];
  return `HTTP/1.1 ${status} X\r\n${set === undefined ? "" : `Set-Cookie: ${set}\r\n`}` +
    `${cacheControls[path] ?? ""}Content-Length: ${cookies.length}\r\n\r\n${cookies}`;
}

/** What the client gets, dates of now told from others by being taken out. */
async function answers(port: number, backend: string): Promise<string[]> {
  const got: string[] = [];
  for (const [start, cookies, set] of requests) {
    const client = await Peer.connect(port);
    const fields = cookies.map((cookie) => `Cookie: ${cookie}\r\n`).join("");
    const body = start.startsWith("POST") ? "Content-Length: 0\r\n" : "";
    client.send(
      `${start} HTTP/1.1\r\nHost: x\r\nX-Backend: ${backend}\r\n${body}` +
        `${set === undefined ? "" : `X-Set: ${set}\r\n`}${fields}\r\n`,
    );
    const { start: line, headers, body: seen } = await client.answer();
    client.close();
    const told = headers.filter(([name]) => /^(set-cookie|cache-control)$/i.test(name))
      .map(([name, value]) => `${name.toLowerCase()}: ${withoutNow(value)}`);
    got.push([`${start} ${cookies} ${set ?? ""}`, line, ...told, seen].join("\n"));
  }
  return got;
}

function withoutNow(value: string): string {
  const recent = [-2, -1, 0, 1, 2].map((units) => writeCookieDate(Date.now() / 1000 + units * 4));
  return recent.reduce((text, now) => text.replaceAll(now, "NOW"), value);
}
