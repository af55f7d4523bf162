import type { OriginAnswer } from "../../support/origin.ts";
import type { Entry } from "./entry.ts";

const GET = "GET /r HTTP/1.1\r\nHost: a.example\r\n\r\n";
type Ending = "keep" | "close" | "reset";

function from(
  name: string,
  pieces: string | readonly string[],
  afterwards: Ending = "close",
  more: Partial<Entry> = {},
): Entry {
  const origin: OriginAnswer = {
    pieces: typeof pieces === "string" ? [pieces] : pieces,
    afterwards,
  };
  return { name, pieces: [GET], methods: ["GET"], origin: [origin], ...more };
}

const OK = "HTTP/1.1 200 OK\r\n";
const show = (text: string): string => JSON.stringify(text);

const START_LINES = [
  "HTTP/1.1 200 OK",
  "HTTP/1.0 200 OK",
  "HTTP/1.1 200",
  "HTTP/1.1 200 ",
  "HTTP/1.1  200  OK",
  "HTTP/1.1\t200\tOK",
  "HTTP/1.1 20 OK",
  "HTTP/1.1 2000 OK",
  "HTTP/1.1 abc OK",
  "HTTP/1.1 099 Low",
  "HTTP/1.1 000 Zero",
  "HTTP/1.1 600 High",
  "HTTP/1.1 999 Top",
  "HTTP/2.0 200 OK",
  "HTTP/0.9 200 OK",
  "HTTP/1.2 200 OK",
  "HTTP/3.1 200 OK",
  "http/1.1 200 OK",
  "HTTP/1 200 OK",
  "HTTP/1.1",
  "HTTP/1.1 ",
  "ICY 200 OK",
  "RTSP/1.0 200 OK",
  "GET / HTTP/1.1",
  "garbage",
  "",
  "HTTP/1.1 200 O\x00K",
  "HTTP/1.1 200 O\x01K",
  "HTTP/1.1 200 Caf\xe9",
  "HTTP/1.1 200 a  b",
  "HTTP/1.1 404 Not Found",
  "HTTP/1.1 -20 OK",
  "HTTP/1.1 2x0 OK",
  " HTTP/1.1 200 OK",
  "HTTP/1.1 200OK",
];

const LENGTHS = [
  "5",
  "05",
  "+5",
  "-5",
  "",
  " ",
  "5,5",
  "5,6",
  "5x",
  "0x5",
  "18446744073709551616",
  "5 5",
];
const ENCODINGS = [
  "chunked",
  "Chunked",
  "chunked, chunked",
  "gzip, chunked",
  "chunked, gzip",
  "identity",
  "gzip",
  "",
  "chunked,",
  "xchunked",
  '"chunked"',
];
const FIELDS: readonly string[] = [
  "nocolon",
  ": v",
  "X : y",
  "X Y: z",
  " X: y",
  "X: a\rb",
  "X: a\x00b",
  "X: a\x01b",
  "X: \xff",
  "X\xe9: y",
  "X:",
  "X: a\r\n b",
  "Set-Cookie: a=1\r\nSet-Cookie: b=2",
  "Connection: keep-alive",
  "Connection: close",
  "Connection: x-a\r\nX-A: 1",
  "Keep-Alive: timeout=5",
  "Proxy-Connection: close",
  "Upgrade: websocket",
  "Trailer: X",
  "X\x01Y: z",
  "X(Y: z",
  "Content-Location: /x",
  "Proxy-Authenticate: Basic",
  "TE: trailers",
  "Date: Mon, 01 Jan 2024 00:00:00 GMT",
];

const CHUNKS: Readonly<Record<string, string>> = {
  "well-formed": "5\r\nhello\r\n0\r\n\r\n",
  "trailer": "5\r\nhello\r\n0\r\nX-T: v\r\n\r\n",
  "extension": "5;a=b\r\nhello\r\n0\r\n\r\n",
  "bad size": "z\r\nhello\r\n0\r\n\r\n",
  "empty size": "\r\nhello\r\n0\r\n\r\n",
  "bare LF": "5\nhello\n0\n\n",
  "no end of data": "5\r\nhelloX0\r\n\r\n",
  "cut in the data": "5\r\nhel",
  "cut behind the data": "5\r\nhello\r\n",
  "cut behind the last chunk": "5\r\nhello\r\n0\r\n",
  "too large": "10000000000000\r\nhello",
  "leading zeros": "0005\r\nhello\r\n0\r\n\r\n",
  "bad trailer": "0\r\nX Y: v\r\n\r\n",
  "bytes behind": "5\r\nhello\r\n0\r\n\r\nEXTRA",
};

const ENDS: readonly Ending[] = ["keep", "close"];
const SECOND = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond";

const INTERIM: readonly (readonly [name: string, ...pieces: string[]])[] = [
  ["100 before the answer", "HTTP/1.1 100 Continue\r\n\r\n", `${OK}Content-Length: 2\r\n\r\nok`],
  [
    "102 and 103",
    "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n",
    `${OK}Content-Length: 2\r\n\r\nok`,
  ],
  [
    "100 with a length",
    "HTTP/1.1 100 Continue\r\nContent-Length: 3\r\n\r\n",
    `${OK}Content-Length: 2\r\n\r\nok`,
  ],
  [
    "100 in one read with the answer",
    `HTTP/1.1 100 Continue\r\n\r\n${OK}Content-Length: 2\r\n\r\nok`,
  ],
  ["100 alone", "HTTP/1.1 100 Continue\r\n\r\n"],
  [
    "many 100",
    ...Array(5).fill("HTTP/1.1 100 Continue\r\n\r\n"),
    `${OK}Content-Length: 2\r\n\r\nok`,
  ],
  [
    "101 that nobody asked for",
    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
  ],
  ["199", "HTTP/1.1 199 Odd\r\n\r\n", `${OK}Content-Length: 2\r\n\r\nok`],
];

const BODYLESS: readonly (readonly [status: string, fields: string, rest: string])[] = [
  ["204 No Content", "", ""],
  ["204 No Content", "Content-Length: 5\r\n", ""],
  ["204 No Content", "", "hello"],
  ["204 No Content", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n"],
  ["304 Not Modified", "Content-Length: 5\r\n", ""],
  ["304 Not Modified", "", "hello"],
  ["304 Not Modified", "Transfer-Encoding: chunked\r\n", ""],
  ["205 Reset Content", "Content-Length: 0\r\n", ""],
  ["205 Reset Content", "", ""],
];

export const responseCorpus: readonly Entry[] = [
  ...START_LINES.map((line) =>
    from(`start line ${show(line)}`, `${line}\r\nContent-Length: 2\r\n\r\nok`)
  ),
  ...LENGTHS.map((value) =>
    from(`Content-Length ${show(value)}`, `${OK}Content-Length: ${value}\r\n\r\nhello`)
  ),
  from("two equal Content-Length", `${OK}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`),
  from("two differing Content-Length", `${OK}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`),
  ...ENCODINGS.map((value) =>
    from(
      `Transfer-Encoding ${show(value)}`,
      `${OK}Transfer-Encoding: ${value}\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    )
  ),
  from(
    "Content-Length and chunked",
    `${OK}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    "keep",
  ),
  from(
    "two chunked",
    `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ),
  ...FIELDS.map((line) =>
    from(`field ${show(line)}`, `${OK}Content-Length: 2\r\n${line}\r\n\r\nok`, "keep")
  ),
  ...Object.entries(CHUNKS).map(([name, body]) =>
    from(`chunks: ${name}`, `${OK}Transfer-Encoding: chunked\r\n\r\n${body}`)
  ),
  ...["bad size", "no end of data", "bytes behind", "trailer"].map((name) =>
    from(`chunks behind the head: ${name}`, [
      `${OK}Transfer-Encoding: chunked\r\n\r\n`,
      CHUNKS[name] ?? "",
    ])
  ),
  ...ENDS.map((end) =>
    from(
      `until the end of the connection, ${end}`,
      `${OK}\r\nuntil the end`,
      end === "keep" ? "close" : "reset",
    )
  ),
  from("HTTP/1.0 without a length", "HTTP/1.0 200 OK\r\n\r\nold"),
  from("HTTP/1.0 with a length", "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold", "keep"),
  from(
    "HTTP/1.0 keep-alive",
    "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nold",
    "keep",
  ),
  from(
    "HTTP/1.0 chunked",
    "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nold\r\n0\r\n\r\n",
  ),
  ...ENDS.map((end) =>
    from(`bytes behind the answer, ${end}`, `${OK}Content-Length: 2\r\n\r\nokEXTRA`, end)
  ),
  from("a second answer behind the first", `${OK}Content-Length: 2\r\n\r\nok${SECOND}`, "keep"),
  from("a body that is cut", `${OK}Content-Length: 10\r\n\r\nhello`),
  from("a body that is cut by a reset", [`${OK}Content-Length: 10\r\n\r\n`, "hello"], "reset"),
  from("nothing at all", [], "close"),
  from("a reset without a word", [], "reset"),
  from("silence", [], "keep"),
  from("half a start line", "HTTP/1.1 2"),
  from("half a head", `${OK}X: y\r\n`),
  from("half a head and silence", `${OK}X: y\r\n`, "keep"),
  from("half a head and a reset", [`${OK}X: y\r\n`], "reset"),
  ...INTERIM.map(([name, ...pieces]) => from(`interim: ${name}`, pieces)),
  ...BODYLESS.map(([status, fields, rest]) =>
    from(
      `${status} with ${show(fields)} and ${show(rest)}`,
      `HTTP/1.1 ${status}\r\n${fields}\r\n${rest}`,
      "keep",
    )
  ),
  from("bare LF head", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok"),
  from("empty line before", `\r\n${OK}Content-Length: 2\r\n\r\nok`),
  from("HEAD with a length", `${OK}Content-Length: 10\r\n\r\n`, "keep", {
    pieces: [GET.replace("GET", "HEAD")],
    methods: ["HEAD"],
  }),
  from("HEAD with a body all the same", `${OK}Content-Length: 5\r\n\r\nhello`, "keep", {
    pieces: [GET.replace("GET", "HEAD")],
    methods: ["HEAD"],
  }),
  from("HEAD chunked", `${OK}Transfer-Encoding: chunked\r\n\r\n`, "keep", {
    pieces: [GET.replace("GET", "HEAD")],
    methods: ["HEAD"],
  }),
  from("a head of 17000 bytes", `${OK}X: ${"h".repeat(17_000)}\r\nContent-Length: 2\r\n\r\nok`),
  from("a head of 12000 bytes", `${OK}X: ${"h".repeat(12_000)}\r\nContent-Length: 2\r\n\r\nok`),
  from(
    "102 fields",
    `${OK}${
      Array.from({ length: 101 }, (_, n) => `X-${n}: v\r\n`).join("")
    }Content-Length: 2\r\n\r\nok`,
  ),
  from("a body byte by byte", [`${OK}Content-Length: 5\r\n\r\n`, "h", "e", "l", "l", "o"], "keep"),
  from("a head byte by byte", `${OK}Content-Length: 2\r\n\r\nok`.split(""), "keep"),
  from("an answer before the body of the request", `${OK}Content-Length: 2\r\n\r\nok`, "close", {
    pieces: ["POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 10\r\n\r\nabc"],
    methods: ["POST"],
    origin: [{ early: true, pieces: [`${OK}Content-Length: 2\r\n\r\nok`], afterwards: "close" }],
  }),
  {
    name: "a reused connection that dies gives no answer",
    pieces: [GET, GET],
    methods: ["GET", "GET"],
    answers: 2,
    origin: [{ pieces: [`${OK}Content-Length: 2\r\n\r\nok`] }, { pieces: [], afterwards: "close" }],
  },
  {
    name: "a reused connection that speaks garbage",
    pieces: [GET, GET],
    methods: ["GET", "GET"],
    answers: 2,
    origin: [{ pieces: [`${OK}Content-Length: 2\r\n\r\nok`] }, {
      pieces: ["garbage\r\n\r\n"],
      afterwards: "close",
    }],
  },
];

const names = new Set<string>();
for (const { name } of responseCorpus) {
  if (names.has(name)) throw new Error(`two answers are called '${name}'`);
  names.add(name);
}
