import { type Entry, raw, withFields } from "./entry.ts";

const LENGTHS = [
  "0",
  "5",
  "05",
  "0005",
  "+5",
  "-5",
  "5 ",
  " 5",
  "5,5",
  "5, 5",
  "5,6",
  "5,",
  ",5",
  "",
  " ",
  "5x",
  "0x5",
  "5.0",
  "1e1",
  "5 5",
  "'5'",
  '"5"',
  "18446744073709551615",
  "18446744073709551616",
  "99999999999999999999999",
  "5;q=1",
  "\t5",
  "5\t",
  "\xb2",
  "5\x0b",
];

const ENCODINGS = [
  "chunked",
  "Chunked",
  "CHUNKED",
  " chunked ",
  "chunked,",
  ",chunked",
  "chunked, chunked",
  "chunked;q=1",
  '"chunked"',
  "identity",
  "identity, chunked",
  "gzip",
  "gzip, chunked",
  "chunked, gzip",
  "chunked, identity",
  "xchunked",
  "chunkedx",
  "chun ked",
  "",
  "\tchunked",
  "chunked\t",
  "\x0bchunked",
  "chunked\x00",
  "deflate",
  "compress, chunked",
  "trailers",
  "x",
  "chunked,,",
  "identity, identity",
];

const BODY = "hello";
const CHUNKED_BODY = "5\r\nhello\r\n0\r\n\r\n";

const LENGTH_PAIRS: readonly (readonly [string, string])[] = [
  ["5", "5"],
  ["5", "6"],
  ["5", "05"],
  ["6", "5"],
  ["5", ""],
  ["0", "5"],
  ["5", "+5"],
  ["5", "5,5"],
];
const ENCODING_PAIRS: readonly (readonly [string, string])[] = [
  ["chunked", "chunked"],
  ["chunked", "identity"],
  ["identity", "chunked"],
  ["gzip", "chunked"],
  ["chunked", ""],
  ["", "chunked"],
  ["x", "chunked"],
];

/** Everything from the size line on; the head asks for chunks. */
const CHUNKS: Readonly<Record<string, string>> = {
  "one chunk": CHUNKED_BODY,
  "no chunk": "0\r\n\r\n",
  "upper-case digits": "A\r\n0123456789\r\n0\r\n\r\n",
  "lower-case digits": "a\r\n0123456789\r\n0\r\n\r\n",
  "leading zeros": "0000000005\r\nhello\r\n0\r\n\r\n",
  "very many leading zeros": `${"0".repeat(60)}5\r\nhello\r\n0\r\n\r\n`,
  "several zeros as the last": "5\r\nhello\r\n0000\r\n\r\n",
  "extension": "5;ext=1\r\nhello\r\n0\r\n\r\n",
  "quoted extension": '5;ext="a;b"\r\nhello\r\n0;last\r\n\r\n',
  "extension behind a blank": "5 ;ext\r\nhello\r\n0\r\n\r\n",
  "blank behind the size": "5 \r\nhello\r\n0\r\n\r\n",
  "tab behind the size": "5\t\r\nhello\r\n0\r\n\r\n",
  "blank before the size": " 5\r\nhello\r\n0\r\n\r\n",
  "0x prefix": "0x5\r\nhello\r\n0\r\n\r\n",
  "sign": "+5\r\nhello\r\n0\r\n\r\n",
  "minus sign": "-5\r\nhello\r\n0\r\n\r\n",
  "not a number": "z\r\nhello\r\n0\r\n\r\n",
  "empty size": "\r\nhello\r\n0\r\n\r\n",
  "garbage behind the digits": "5g\r\nhello\r\n0\r\n\r\n",
  "bare LF behind the size": "5\nhello\r\n0\r\n\r\n",
  "bare CR behind the size": "5\rhello\r\n0\r\n\r\n",
  "bare LF behind the data": "5\r\nhello\n0\r\n\r\n",
  "nothing behind the data": "5\r\nhello0\r\n\r\n",
  "wrong bytes behind the data": "5\r\nhelloXX0\r\n\r\n",
  "data too long": "3\r\nhello\r\n0\r\n\r\n",
  "2^52": "10000000000000\r\nhello",
  "2^64": "10000000000000000\r\nhello",
  "2^63": "8000000000000000\r\nhello",
  "all f": "ffffffffffffffff\r\nhello",
  "control character in an extension": "5;a\x01b\r\nhello\r\n0\r\n\r\n",
  "bare LF in an extension": "5;a\nhello\r\n0\r\n\r\n",
  "bare CR in an extension": "5;a\rb\r\nhello\r\n0\r\n\r\n",
  "trailer": "5\r\nhello\r\n0\r\nX-T: v\r\n\r\n",
  "two trailers": "0\r\nX-T: v\r\nX-U: w\r\n\r\n",
  "bare LF in trailers": "0\r\nX-T: v\n\n",
  "trailer with a forbidden name": "0\r\nX T: v\r\n\r\n",
  "trailer without a colon": "0\r\nnothing\r\n\r\n",
  "framing trailer": "0\r\nContent-Length: 3\r\n\r\n",
  "encoding trailer": "0\r\nTransfer-Encoding: chunked\r\n\r\n",
  "host trailer": "0\r\nHost: evil.example\r\n\r\n",
  "connection trailer": "0\r\nConnection: close\r\n\r\n",
  "folded trailer": "0\r\nX-T: a\r\n b\r\n\r\n",
  "bare LF at the end": "0\r\n\n",
  "bare CR at the end": "0\r\n\rX",
  "NUL in the data": "5\r\nh\x00llo\r\n0\r\n\r\n",
  "many chunks": `${"1\r\nx\r\n".repeat(200)}0\r\n\r\n`,
  "chunk cut short": "5\r\nhel",
  "end missing": "5\r\nhello\r\n",
  "last chunk without an end": "5\r\nhello\r\n0\r\n",
};

const HEAD = "POST /c HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n";
const NEXT = "GET /next HTTP/1.1\r\nHost: a.example\r\n\r\n";

const show = (text: string): string => JSON.stringify(text);

export const framingRequests: readonly Entry[] = [
  ...LENGTHS.map((value) =>
    withFields(
      `Content-Length of ${show(value)}`,
      [`Content-Length:${value === " 5" ? "" : " "}${value}`],
      BODY,
      { methods: ["POST"] },
    )
  ),
  ...LENGTH_PAIRS.map(([a, b]) =>
    withFields(`two Content-Length, ${show(a)} and ${show(b)}`, [
      `Content-Length: ${a}`,
      `Content-Length: ${b}`,
    ], BODY)
  ),
  withFields("three equal Content-Length", [
    "Content-Length: 5",
    "Content-Length: 5",
    "Content-Length: 5",
  ], BODY),
  ...ENCODINGS.map((value) =>
    withFields(`Transfer-Encoding of ${show(value)}`, [`Transfer-Encoding:${value}`], CHUNKED_BODY)
  ),
  ...ENCODING_PAIRS.map(([a, b]) =>
    withFields(`two Transfer-Encoding, ${show(a)} and ${show(b)}`, [
      `Transfer-Encoding: ${a}`,
      `Transfer-Encoding: ${b}`,
    ], CHUNKED_BODY)
  ),
  withFields(
    "Content-Length before chunked",
    ["Content-Length: 5", "Transfer-Encoding: chunked"],
    CHUNKED_BODY,
  ),
  withFields(
    "Content-Length behind chunked",
    ["Transfer-Encoding: chunked", "Content-Length: 5"],
    CHUNKED_BODY,
  ),
  withFields(
    "Content-Length 0 and chunked",
    ["Content-Length: 0", "Transfer-Encoding: chunked"],
    CHUNKED_BODY,
  ),
  withFields(
    "bad Content-Length and chunked",
    ["Content-Length: x", "Transfer-Encoding: chunked"],
    CHUNKED_BODY,
  ),
  withFields("differing Content-Length and chunked", [
    "Content-Length: 1",
    "Content-Length: 2",
    "Transfer-Encoding: chunked",
  ], CHUNKED_BODY),
  withFields("Content-Length and gzip", ["Content-Length: 5", "Transfer-Encoding: gzip"], BODY),
  withFields("Content-Length and chunked, pipelined", [
    "Content-Length: 5",
    "Transfer-Encoding: chunked",
  ], CHUNKED_BODY + NEXT),
  withFields("a blank before the colon of Content-Length", ["Content-Length : 5"], BODY),
  withFields(
    "a blank before the colon of Transfer-Encoding",
    ["Transfer-Encoding : chunked"],
    CHUNKED_BODY,
  ),
  withFields(
    "underscores instead of dashes",
    ["Content_Length: 5", "Transfer_Encoding: chunked"],
    "",
    { methods: ["POST"] },
  ),
  withFields("folded Transfer-Encoding", ["Transfer-Encoding:", " chunked"], CHUNKED_BODY),
  withFields("folded Content-Length", ["Content-Length:", " 5"], BODY),
  withFields("GET with a body", ["Content-Length: 5"], BODY, { methods: ["GET"] }),
  withFields("GET with chunks", ["Transfer-Encoding: chunked"], CHUNKED_BODY, { methods: ["GET"] }),
  withFields("HEAD with a body", ["Content-Length: 5"], BODY, { methods: ["HEAD"] }),
  withFields("DELETE with a body", ["Content-Length: 5"], BODY, { methods: ["DELETE"] }),
  withFields("OPTIONS with a body", ["Content-Length: 5"], BODY, { methods: ["OPTIONS"] }),
  withFields("TRACE with a body", ["Content-Length: 5"], BODY, { methods: ["TRACE"] }),
  withFields("POST without a length", [], "", { methods: ["POST"] }),
  withFields("PUT without a length", [], "", { methods: ["PUT"] }),
  withFields(
    "body longer than Content-Length is the next request",
    ["Content-Length: 5"],
    BODY + NEXT,
    { methods: ["POST", "GET"], answers: 2 },
  ),
  withFields("garbage behind a body", ["Content-Length: 5"], `${BODY}xxxx\r\n\r\n`, {
    methods: ["POST", "GET"],
    answers: 2,
  }),
  withFields("body shorter than Content-Length", ["Content-Length: 10"], BODY),
  raw(
    "chunks on HTTP/1.0",
    "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
  ),
  raw(
    "chunks and length on HTTP/1.0",
    "POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
  ),
  raw("length on HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"),
  raw("POST without a length on HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\n\r\n"),
  ...Object.entries(CHUNKS).map(([name, body]) =>
    raw(`chunks with the head: ${name}`, HEAD + body)
  ),
  ...Object.entries(CHUNKS).map(([name, body]): Entry => ({
    name: `chunks behind the head: ${name}`,
    pieces: [HEAD, body],
    methods: ["POST"],
  })),
  ...["one chunk", "trailer", "extension"].map((name) =>
    raw(`chunks and a pipelined request: ${name}`, HEAD + CHUNKS[name] + NEXT, {
      methods: ["POST", "GET"],
      answers: 2,
    })
  ),
];
