import { type Entry, raw, withFields } from "./entry.ts";

const CONNECTIONS = [
  "close",
  "Close",
  "keep-alive",
  "Keep-Alive",
  "close, keep-alive",
  "keep-alive, close",
  "close, x-a",
  "x-a",
  "x-a, keep-alive",
  "upgrade",
  "upgrade, close",
  "",
  ",",
  ",close",
  "close,",
  "te",
  "TE, close",
  "host",
  "content-length",
  "transfer-encoding",
  '"close"',
  "closed",
  "close;q=1",
  "close close",
  "cookie",
];

const FIELDS: readonly (readonly [name: string, ...lines: string[]])[] = [
  ["two Connection lines", "Connection: keep-alive", "Connection: close"],
  ["two Connection lines the other way", "Connection: close", "Connection: keep-alive"],
  ["Keep-Alive", "Keep-Alive: timeout=5, max=100"],
  ["Proxy-Connection", "Proxy-Connection: keep-alive"],
  ["Proxy-Connection close", "Proxy-Connection: close"],
  ["Proxy-Authorization", "Proxy-Authorization: Basic eA=="],
  ["Proxy-Authenticate", "Proxy-Authenticate: x"],
  ["TE trailers", "TE: trailers", "Connection: TE"],
  ["TE gzip", "TE: gzip", "Connection: te"],
  ["TE trailers and gzip", "TE: trailers, gzip;q=0.5"],
  ["TE empty", "TE:"],
  ["TE twice", "TE: trailers", "TE: deflate"],
  ["Trailer", "Trailer: X-T"],
  ["Upgrade without Connection", "Upgrade: websocket"],
  [
    "h2c",
    "Connection: Upgrade, HTTP2-Settings",
    "Upgrade: h2c",
    "HTTP2-Settings: AAMAAABkAAQAAP__",
  ],
  ["h2c among others", "Connection: Upgrade", "Upgrade: h2c, websocket"],
  ["Upgrade of two", "Connection: upgrade", "Upgrade: a/1, b/2"],
  ["empty Upgrade", "Connection: upgrade", "Upgrade:"],
  ["Upgrade h2", "Connection: upgrade", "Upgrade: h2"],
  ["X-Forwarded-For", "X-Forwarded-For: 1.1.1.1"],
  ["Forwarded", "Forwarded: for=1.1.1.1"],
  ["Via", "Via: 1.1 x"],
  ["Max-Forwards", "Max-Forwards: 0"],
  ["Range", "Range: bytes=0-1"],
  ["Expect of something else", "Expect: tea"],
  ["Expect 100-continue without a body", "Expect: 100-continue"],
  ["Expect in upper case", "Expect: 100-CONTINUE"],
  ["Expect twice", "Expect: 100-continue", "Expect: 100-continue"],
];

const OLD: readonly (readonly [name: string, ...lines: string[]])[] = [
  ["plain"],
  ["keep-alive", "Connection: keep-alive"],
  ["close", "Connection: close"],
  ["Keep-Alive field", "Connection: keep-alive", "Keep-Alive: 300"],
  ["upgrade", "Connection: upgrade", "Upgrade: x"],
  ["without Host"],
  ["te", "TE: trailers"],
];

const WEBSOCKET =
  "GET /ws HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const SWITCHED =
  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
const one = (path: string, ...fields: readonly string[]): string =>
  `GET ${path} HTTP/1.1\r\nHost: a.example\r\n${fields.map((f) => `${f}\r\n`).join("")}\r\n`;
const EXPECTING =
  "POST /e HTTP/1.1\r\nHost: a.example\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
const TARGET_HEAD =
  "POST /split?x=1 HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello";
const CHUNKED_REQUEST =
  "POST /split HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n5;e\r\nhello\r\n3\r\nabc\r\n0\r\nX-T: v\r\n\r\n";

/** What stands where the key does; 24 characters make one. */
const webSocketKeys: readonly (readonly [name: string, field: string])[] = [
  ["an empty key", "Sec-WebSocket-Key:\r\n"],
  ["a short key", `Sec-WebSocket-Key: ${"a".repeat(23)}\r\n`],
  ["a long key", `Sec-WebSocket-Key: ${"a".repeat(25)}\r\n`],
  ["a key that is none", `Sec-WebSocket-Key: ${"!".repeat(24)}\r\n`],
  ["two keys", `Sec-WebSocket-Key: a\r\nSec-WebSocket-Key: ${"a".repeat(24)}\r\n`],
  ["no key, but not at last", "Upgrade: other\r\n"],
];

const accept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

/** Fields of the answer to a WebSocket request. */
const switches: readonly (readonly [name: string, fields: string])[] = [
  ["without Sec-WebSocket-Accept", "Connection: upgrade\r\nUpgrade: WebSocket\r\n"],
  ["with a wrong one", "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n"],
  ["to one of two protocols", "Connection: upgrade\r\nUpgrade: x, websocket\r\n"],
  ["to two protocols", "Connection: upgrade\r\nUpgrade: x\r\nUpgrade: websocket\r\n"],
  ["to another protocol", "Connection: upgrade\r\nUpgrade: x\r\n"],
  ["without Connection", `Upgrade: websocket\r\n${accept}`],
  ["with Connection: keep-alive", `Connection: keep-alive\r\nUpgrade: websocket\r\n${accept}`],
  ["with more in Connection", `Connection: x, UPGRADE\r\nUpgrade: websocket\r\n${accept}`],
];

function cut(text: string, at: number): readonly string[] {
  return [text.slice(0, at), text.slice(at)];
}

const spread = (text: string, step: number): readonly number[] =>
  Array.from({ length: Math.floor((text.length - 1) / step) }, (_, n) => (n + 1) * step);

export const connectionRequests: readonly Entry[] = [
  ...CONNECTIONS.map((value) =>
    withFields(`Connection ${JSON.stringify(value)}`, [`Connection: ${value}`, "X-A: kept?"])
  ),
  ...FIELDS.map(([name, ...lines]) => withFields(`hop by hop: ${name}`, lines)),
  ...OLD.map(([name, ...lines]) =>
    raw(
      `HTTP/1.0 ${name}`,
      `GET /old HTTP/1.0\r\n${name === "without Host" ? "" : "Host: a.example\r\n"}${
        lines.map((l) => `${l}\r\n`).join("")
      }\r\n`,
    )
  ),
  raw("HTTP/1.0 gets a chunked answer as it is", "GET / HTTP/1.0\r\nHost: a.example\r\n\r\n", {
    origin: [{
      pieces: ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"],
    }],
  }),
  raw("HTTP/1.0 gets interim answers", "GET / HTTP/1.0\r\nHost: a.example\r\n\r\n", {
    origin: [{
      pieces: [
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
      ],
    }],
  }),
  raw("HTTP/0.9", "GET /\r\n"),
  raw("HTTP/0.9 with an end", "GET /\r\n\r\n"),
  raw("HTTP/0.9 with another method", "POST /\r\n\r\n"),
  raw("two requests in one read", one("/1") + one("/2"), { methods: ["GET", "GET"], answers: 2 }),
  raw("five requests in one read", [1, 2, 3, 4, 5].map((n) => one(`/${n}`)).join(""), {
    methods: Array(5).fill("GET"),
    answers: 5,
  }),
  raw("empty lines between requests", `${one("/1")}\r\n\r\n${one("/2")}`, {
    methods: ["GET", "GET"],
    answers: 2,
  }),
  raw("a bad request behind a good one", `${one("/1")}GET / HTTP/9\r\n\r\n`, {
    methods: ["GET", "GET"],
    answers: 2,
  }),
  raw("nothing is read behind Connection: close", one("/1", "Connection: close") + one("/2")),
  raw(
    "a body between requests",
    `POST /1 HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\n\r\nabc${one("/2")}`,
    { methods: ["POST", "GET"], answers: 2 },
  ),
  raw("HTTP/1.0 pipelined without keep-alive", `GET /1 HTTP/1.0\r\n\r\n${one("/2")}`),
  raw(
    "HTTP/1.0 pipelined with keep-alive",
    `GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n${one("/2")}`,
    { methods: ["GET", "GET"], answers: 2 },
  ),
  {
    name: "requests one after the other",
    pieces: [one("/1"), one("/2"), one("/3")],
    methods: ["GET", "GET", "GET"],
    answers: 3,
  },
  {
    name: "half-close behind a request",
    pieces: [one("/half")],
    methods: ["GET"],
    halfClose: true,
  },
  {
    name: "half-close inside a head",
    pieces: ["GET / HTTP/1.1\r\nHo"],
    methods: ["GET"],
    halfClose: true,
  },
  {
    name: "half-close inside a body",
    pieces: ["POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 10\r\n\r\nabc"],
    methods: ["POST"],
    halfClose: true,
  },
  { name: "half-close before anything", pieces: [], methods: [], answers: 1, halfClose: true },
  {
    name: "Expect: 100-continue, the body at once",
    pieces: [EXPECTING + "hello"],
    methods: ["POST"],
  },
  { name: "Expect: 100-continue, the body later", pieces: [EXPECTING, "hello"], methods: ["POST"] },
  {
    name: "Expect: 100-continue answered by the origin",
    pieces: [EXPECTING, "hello"],
    methods: ["POST"],
    origin: [{
      early: true,
      pieces: [
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
      ],
      afterwards: "close",
    }],
  },
  {
    name: "Expect: 100-continue refused by the origin",
    pieces: [EXPECTING],
    methods: ["POST"],
    origin: [{
      early: true,
      pieces: ["HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n"],
      afterwards: "close",
    }],
  },
  {
    name: "websocket",
    pieces: [WEBSOCKET],
    methods: ["GET"],
    origin: [{ pieces: [SWITCHED, "frame"], afterwards: "close" }],
  },
  {
    name: "websocket with data behind the head",
    pieces: [`${WEBSOCKET}early`],
    methods: ["GET"],
    origin: [{ pieces: [SWITCHED], afterwards: "close" }],
  },
  { name: "websocket that the origin declines", pieces: [WEBSOCKET], methods: ["GET"] },
  {
    name: "websocket without a key",
    pieces: [WEBSOCKET.replace(/Sec-WebSocket-Key: .*\r\n/, "")],
    methods: ["GET"],
  },
  ...webSocketKeys.map(([name, field]): Entry => ({
    name: `websocket with ${name}`,
    pieces: [WEBSOCKET.replace(/Sec-WebSocket-Key: .*\r\n/, field)],
    methods: ["GET"],
    origin: [{ pieces: [SWITCHED, "frame"], afterwards: "close" }],
  })),
  ...switches.map(([name, fields]): Entry => ({
    name: `101 ${name}`,
    pieces: [WEBSOCKET],
    methods: ["GET"],
    origin: [{ pieces: [`HTTP/1.1 101 S\r\n${fields}\r\nframe`], afterwards: "close" }],
  })),
  {
    name: "CONNECT",
    pieces: ["CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n"],
    methods: ["CONNECT"],
    origin: [{ pieces: ["HTTP/1.1 200 Connected\r\n\r\n", "tunnelled"], afterwards: "close" }],
  },
  {
    name: "CONNECT refused",
    pieces: ["CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n"],
    methods: ["GET"],
    origin: [{ pieces: ["HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno"] }],
  },
  ...spread(TARGET_HEAD, 7).map((at): Entry => ({
    name: `a request cut behind byte ${at}`,
    pieces: cut(TARGET_HEAD, at),
    methods: ["POST"],
  })),
  ...spread(CHUNKED_REQUEST, 6).map((at): Entry => ({
    name: `a chunked request cut behind byte ${at}`,
    pieces: cut(CHUNKED_REQUEST, at),
    methods: ["POST"],
  })),
  { name: "a request byte by byte", pieces: one("/byte").split(""), methods: ["GET"] },
  { name: "a chunked request byte by byte", pieces: CHUNKED_REQUEST.split(""), methods: ["POST"] },
  {
    name: "an empty line cut in two",
    pieces: ["GET / HTTP/1.1\r\nHost: a.example\r\n\r", "\n"],
    methods: ["GET"],
  },
];
