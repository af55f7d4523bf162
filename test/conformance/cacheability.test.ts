import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createServer, type Server } from "node:net";
import { haproxyAvailable } from "../support/haproxy.ts";
import { Peer } from "../scenario/stage/peer.ts";
import { GatewayPair } from "./pair.ts";

const haproxy = haproxyAvailable();
const skipped = haproxy.available ? "" : ` (skipped: ${haproxy.reason})`;

/** What an origin answers besides a cookie. */
interface Asked {
  readonly method: string;
  readonly status: number;
  readonly fields: readonly string[];
}

const etag = 'ETag: "x"';
const control = (value: string): string => `Cache-Control: ${value}`;
const asked = (method: string, status: number, ...fields: readonly string[]): Asked => ({
  method,
  status,
  fields,
});

const controls = [
  "public",
  "private",
  "no-store",
  "no-cache",
  "max-age=0",
  "max-age=00",
  "max-age=5",
  "s-maxage=0",
  "s-maxage=x",
  "public, private",
  "private, public",
  "PRIVATE",
  'no-cache="set-cookie"',
  'no-cache="set-cookie, x"',
  'no-cache="set-cookie2"',
  'no-cache="x, set-cookie"',
  'NO-CACHE="Set-Cookie"',
  'no-cache="x"',
  "no-cache=set-cookie",
  'public, no-cache="set-cookie"',
  'no-cache="set-cookie", public',
  'private, x="a, public, b"',
  "private\r\nCache-Control: public",
];

const all: readonly Asked[] = [
  ...[200, 201, 203, 204, 206, 300, 301, 302, 404, 405, 410, 414, 500, 501].flatMap((status) => [
    asked("GET", status, etag),
    asked("GET", status, etag, control("public")),
    asked("GET", status),
  ]),
  ...["HEAD", "OPTIONS", "TRACE", "POST", "PUT", "DELETE"].flatMap((method) => [
    asked(method, 200, etag),
    asked(method, 200, etag, control("public")),
    asked(method, 200, control("max-age=5")),
  ]),
  ...controls.flatMap((value) => [
    asked("GET", 200, control(value)),
    asked("GET", 200, etag, control(value)),
  ]),
  ...["no-cache", "No-Cache", "no-cachex", "x, no-cache", "no-cache, x", "x\r\nPragma: no-cache"]
    .map((value) => asked("GET", 200, etag, `Pragma: ${value}`)),
  asked("GET", 200, "Expires: x"),
  asked("GET", 200, "Last-Modified: x"),
];

const backends: Readonly<Record<string, readonly string[]>> = {
  checking: ["option checkcache"],
  // Its own cookie is nobody else's, and nocache tells caches of it.
  inserting: ["option checkcache", "cookie S insert"],
  nocache: ["option checkcache", "cookie S insert nocache"],
  telling: ["cookie S insert nocache"],
  removing: ["option checkcache", "http-response del-header Set-Cookie"],
};

describe.skipIf(!haproxy.available)(`caches are told as by the real haproxy${skipped}`, () => {
  let pair: GatewayPair;
  let origin: Server;

  beforeAll(async () => {
    origin = await obedient();
    pair = await GatewayPair.start((port) =>
      configuration(port, (origin.address() as { port: number }).port)
    );
  });
  afterAll(async () => {
    await pair.stop();
    origin.close();
  });

  for (const backend of Object.keys(backends)) {
    for (const cookie of ["Set-Cookie: a=b", "Set-Cookie2: a=b", "Set-Cookie:", ""]) {
      test(`${backend}, ${cookie || "no cookie"}`, async () => {
        const theirs = await fates(pair.ports.theirs, backend, cookie);

        expect(await fates(pair.ports.ours, backend, cookie)).toEqual(theirs);
      });
    }
  }

  test("what is blocked is answered by 502, logged as PH, and told of", async () => {
    const answer = await ask(
      pair.ports.ours,
      "checking",
      "Set-Cookie: a=b",
      asked("GET", 200, etag),
    );
    expect(answer).toStartWith("HTTP/1.1 502 Bad Gateway\r\n");
    const logged = (): string => pair.running.ours.output();
    const deadline = Date.now() + patienceMs;
    while (!logged().includes("502 PH checking s1") && Date.now() < deadline) await Bun.sleep(5);
    expect(logged()).toContain("502 PH checking s1");
    const alert = "Blocking cacheable cookie in response from instance checking, server s1.";
    expect(logged()).toContain(alert);
    expect(pair.running.theirs.output()).toContain(alert);
  });
});

const patienceMs = 10_000;

function configuration(port: number, origin: number): string {
  const sections = Object.entries(backends).map(([name, lines]) =>
    [`backend ${name}`, ...lines, `server s1 127.0.0.1:${origin} cookie a`].join("\n  ")
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
frontend entry
  bind 127.0.0.1:${port}
  log-format "%ST %ts %b %s"
  use_backend %[req.hdr(x-backend)]
${sections.join("\n")}
`;
}

/** An origin that answers as it is asked. */
async function obedient(): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      const wanted = /^x-answer: (.*)\r$/im.exec(bytes.toString("latin1"))?.[1];
      if (wanted === undefined) return;
      const [status, ...fields] = JSON.parse(wanted) as [number, ...string[]];
      const length = status === 204 ? [] : ["Content-Length: 0"];
      socket.write([`HTTP/1.1 ${status} X`, ...fields, ...length, "\r\n"].join("\r\n"));
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return server;
}

async function ask(port: number, backend: string, cookie: string, what: Asked): Promise<string> {
  const client = await Peer.connect(port);
  const { method, status, fields } = what;
  const wanted = JSON.stringify([status, ...(cookie === "" ? [] : [cookie]), ...fields]);
  client.send(
    `${method} / HTTP/1.1\r\nHost: a\r\nX-Backend: ${backend}\r\nX-Answer: ${wanted}\r\n` +
      "Content-Length: 0\r\nConnection: close\r\n\r\n",
  );
  const answer = await client.end();
  client.close();
  return answer;
}

/** Whether each answer came through, and what it says to caches. 2.6 blocks with other statuses. */
async function fates(port: number, backend: string, cookie: string): Promise<string[]> {
  return await Promise.all(all.map(async (what) => {
    const answer = await ask(port, backend, cookie, what);
    const came = answer.includes(" X\r\n");
    const told = [...answer.matchAll(/^(cache-control: .*|set-cookie.*)\r$/gim)]
      .map(([, line]) => line!.trim().toLowerCase()).sort();
    const { method, status, fields } = what;
    return `${method} ${status} ${fields} -> ${came ? told.join("; ") : "blocked"}`;
  }));
}
