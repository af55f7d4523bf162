import type { Expectation } from "./case.ts";

/** A group of cases or corpus entries that haproxy 3.5 answers otherwise than Debian's 2.6. */
interface Difference {
  /** What changed between 2.6 and 3.5, or why Sluice does not follow either. */
  readonly why: string;
  readonly names: readonly string[];
  /** One of these must hold; haproxy 2.6 is not asked. */
  readonly anyOf: readonly Expectation[];
}

const clients = (...texts: readonly string[]): readonly Expectation[] =>
  texts.map((text) => ({ clients: [text] }));
const BAD_REQUEST = clients("400 closed");
const BAD_ANSWER = clients("502 kept");

const CHUNK_FAULTS = [
  "blank before the size",
  "0x prefix",
  "sign",
  "minus sign",
  "not a number",
  "empty size",
  "garbage behind the digits",
  "bare LF behind the size",
  "bare CR behind the size",
  "bare LF behind the data",
  "nothing behind the data",
  "wrong bytes behind the data",
  "data too long",
  "2^52",
  "2^64",
  "2^63",
  "all f",
  "bare LF in an extension",
  "bare CR in an extension",
  "trailer with a forbidden name",
  "trailer without a colon",
  "bare CR at the end",
];

const SMALLEST = -(2n ** 63n);
const GREATEST = 2n ** 63n - 1n;

/** Signed 64 bits, kept at the ends of the range. */
function capped(n: bigint): bigint {
  return n < SMALLEST ? SMALLEST : n > GREATEST ? GREATEST : n;
}

/** What arithmetic gives for the integers that the converters are tried on; an empty value fails. */
function sums(of: (n: bigint) => bigint): readonly string[] {
  const tried = [7n, -7n, 0n, 255n, GREATEST, SMALLEST, 0n];
  return [...tried.map((n) => `[${capped(of(n))}]`), "[]"];
}

const DIFFERENCES: readonly Difference[] = [
  {
    why: "an error file goes out as HTTP/1.1, whatever version it is written in",
    names: ["site: the page of a backend without servers"],
    anyOf: [{ clients: ["503 kept"], bodies: ["sorry\n"] }],
  },
  {
    why: "a length is written as one plain number",
    names: ['Content-Length of "05"', 'Content-Length of "0005"'],
    anyOf: [{ clients: ["200 kept"], originFields: ["content-length: 5"] }],
  },
  {
    why: "a length above 2^64-1 is refused",
    names: ['Content-Length of "18446744073709551616"'],
    anyOf: BAD_REQUEST,
  },
  {
    why: "a length above 2^64-1 is refused from an origin as well",
    names: ['Content-Length "18446744073709551616"'],
    anyOf: BAD_ANSWER,
  },
  {
    why: "stray commas and empty elements of Transfer-Encoding are refused",
    names: [
      'Transfer-Encoding of "chunked,"',
      'Transfer-Encoding of ",chunked"',
      'two Transfer-Encoding, "chunked" and ""',
      'two Transfer-Encoding, "" and "chunked"',
    ],
    anyOf: BAD_REQUEST,
  },
  {
    why: "stray commas and empty elements of Transfer-Encoding are refused from origins",
    names: ['Transfer-Encoding "chunked,"', 'Transfer-Encoding ""'],
    anyOf: BAD_ANSWER,
  },
  {
    why: "a NUL is refused anywhere in a head",
    names: ["byte 0x00 in a value"],
    anyOf: BAD_REQUEST,
  },
  {
    why: "a NUL is refused anywhere in an origin's head",
    names: ['field "X: a\\u0000b"', 'start line "HTTP/1.1 200 O\\u0000K"'],
    anyOf: BAD_ANSWER,
  },
  {
    why: "bare LF is no longer accepted in chunk sizes and data",
    names: ["bare LF behind the size", "bare LF behind the data", "bare LF in an extension"].map((
      name,
    ) => `chunks with the head: ${name}`),
    anyOf: BAD_REQUEST,
  },
  {
    why: "bare LF is no longer accepted in an origin's chunks",
    names: ["chunks: bare LF"],
    anyOf: [...BAD_ANSWER, ...clients("200 closed")],
  },
  {
    why: "an error in chunks behind the head closes silently as soon as the origin is reached",
    names: CHUNK_FAULTS.map((name) => `chunks behind the head: ${name}`),
    // Where nothing has left for the origin yet, an answer can still be given.
    anyOf: clients("closed", "400 closed"),
  },
  {
    why: "a folded Host is refused",
    names: [
      "line ends: folded Host",
      "line ends: Host folded in the middle",
      "line ends: line of blanks before the end",
      "field: leading blank",
    ],
    anyOf: BAD_REQUEST,
  },
  {
    why: "bytes from 0x7f are refused in a target",
    names: ["0x7f", "0x80", "0x85", "0xa0"].map((byte) => `byte ${byte} in the target`),
    anyOf: BAD_REQUEST,
  },
  {
    why: "an absolute target without a path gets /",
    names: ['target "http://a.example"'],
    anyOf: [{ clients: ["200 kept"], originFields: ["host: a.example"] }],
  },
  {
    why: "an orphan upgrade token is taken out of Connection",
    names: ['Connection "upgrade"'],
    anyOf: [{ clients: ["200 kept"], originWithout: ["connection"] }],
  },
  {
    why: "an orphan upgrade token is taken out of Connection, close too",
    names: ['Connection "upgrade, close"'],
    anyOf: [{ clients: ["200 closed"], originWithout: ["connection"] }],
  },
  {
    why: "Sluice is stricter: nobody is told that framing or Host end with this hop",
    names: ["host", "content-length", "transfer-encoding"].map((name) => `Connection "${name}"`),
    anyOf: [{ clients: ["200 kept"], originWithout: ["connection"] }],
  },
  {
    why: "an Upgrade that Connection does not nominate is dropped",
    names: ["hop by hop: Upgrade without Connection"],
    anyOf: [{ clients: ["200 kept"], originWithout: ["upgrade"] }],
  },
  {
    why: "h2c is dropped",
    names: ["hop by hop: h2c"],
    anyOf: [{ clients: ["200 kept"], originWithout: ["upgrade"] }],
  },
  {
    why: "h2c is dropped from a list, or the handshake that is left is refused",
    names: ["hop by hop: h2c among others"],
    anyOf: [...clients("200 kept"), ...BAD_REQUEST],
  },
  {
    why: "Upgrade tokens without a meaning may be dropped",
    names: ["hop by hop: Upgrade h2", "hop by hop: empty Upgrade"],
    anyOf: clients("200 kept"),
  },
  {
    why: "an upgrade of HTTP/1.0 means nothing",
    names: ["HTTP/1.0 upgrade"],
    anyOf: clients("200 closed"),
  },
  {
    why:
      "a half-close before the answer aborts by default since 3.3, wordlessly until a server has it",
    names: ["half-close behind a request"],
    anyOf: clients("closed", "400 closed"),
  },
  {
    why: "a half-close inside a body aborts",
    names: ["half-close inside a body"],
    anyOf: clients("closed", "400 closed"),
  },
  {
    why: "too long a start line gives 414",
    names: [
      "a target of 17000 bytes",
      "a target of 40000 bytes",
      "a start line without an end of 20000 bytes",
    ],
    anyOf: clients("414 closed"),
  },
  {
    why: "too long a head gives 431",
    names: [
      "a field of 16000 bytes",
      "a field of 17000 bytes",
      "a field of 40000 bytes",
      "fields of 16000 bytes together",
      "fields of 17000 bytes together",
      "fields of 40000 bytes together",
      "a field without an end of 20000 bytes",
    ],
    anyOf: clients("431 closed"),
  },
  {
    why: "how trailers and extensions that are too long are refused is left open",
    names: ["trailers of 20000 bytes", "101 trailers", "a chunk extension of 20000 bytes"],
    anyOf: clients("400 closed", "431 closed", "closed"),
  },
  {
    why: "an HTTP/2 preface is refused where HTTP/2 is not spoken",
    names: ["HTTP/2 preface"],
    anyOf: clients("closed", "400 closed"),
  },
  {
    why: "control characters in logged text may be escaped, so that a log line stays one",
    names: ["log: log-format with quotes and control characters in a header"],
    anyOf: [
      { logs: ['a"b#09c#7Fd "a"b#09c#7Fd"'] },
      { logs: ['a"b\tc\x7fd "a"b\tc\x7fd"'] },
    ],
  },
  {
    why: "json_query gives arrays and objects as text",
    names: ["expression req.fhdr(x),json_query('\\$.a.b')"],
    anyOf: [{ bodies: ["[[1,2]]"] }],
  },
  {
    why: "a gateway need not wait for the body of a request whose Expect was refused",
    names: ["Expect: 100-continue refused by the origin"],
    anyOf: clients("417 closed", "417 400 closed"),
  },
  {
    why: "an answer that overtakes the body leaves open whether the client still sends it",
    names: ["Expect: 100-continue answered by the origin"],
    anyOf: clients("100 200 kept", "100 200 closed"),
  },
  {
    why: "a missing reason phrase is filled in",
    names: ['start line "HTTP/1.1 200"', 'start line "HTTP/1.1 200 "'],
    anyOf: clients("200 kept"),
  },
  {
    why: "a length is written as one plain number, an origin's too",
    names: ['Content-Length "05"'],
    anyOf: [{ clients: ["200 kept"], answerFields: ["content-length: 5"] }],
  },
  {
    why: "an HTTP/0.9 version does not leave the gateway",
    names: ['version "HTTP/0.9"'],
    anyOf: clients("200 closed", "400 closed"),
  },
  {
    why: "an HTTP/0.9 version of an origin does not leave the gateway",
    names: ['start line "HTTP/0.9 200 OK"'],
    anyOf: clients("200 kept", "200 closed", "502 kept"),
  },
  {
    why: "an absolute target without a path gets /, before a query too",
    names: ['target "http://a.example?q"'],
    anyOf: clients("200 kept", "400 closed"),
  },
  {
    why: "how an absolute target without a path looks with OPTIONS is left open",
    names: ['OPTIONS http://a.example HTTP/1.1 with Host "a.example"'],
    anyOf: clients("200 kept"),
  },
  {
    why: "a default port is taken out of Host where an absolute target names the scheme",
    names: [
      'GET http://a.example/ HTTP/1.1 with Host "a.example:80"',
      'GET https://a.example/ HTTP/1.1 with Host "a.example:443"',
    ],
    anyOf: [{ clients: ["200 kept"], originFields: ["host: a.example"] }],
  },
  {
    why: "a Host may be made from an absolute target",
    names: ["GET http://a.example/ HTTP/1.1 with no Host"],
    anyOf: clients("200 kept"),
  },
  {
    why: "a Host may be made from an absolute target for HTTP/1.0 as well",
    names: ["GET http://a.example/ HTTP/1.0 with no Host"],
    anyOf: clients("200 closed"),
  },
  {
    why: "an address in brackets is an address since 2.7",
    names: ["expression hdr_ip(x-a,3)"],
    anyOf: [{ bodies: ["[2001:db8::1]"] }],
  },
  {
    why: "2.6 takes the sum of two negative numbers for an overflow",
    names: ["expression req.fhdr(x),add(-3)"],
    anyOf: [{ bodies: sums((n) => n - 3n) }],
  },
  {
    why: "2.6 takes the difference of a negative and a positive number for an overflow",
    names: ["expression req.fhdr(x),sub(3)"],
    anyOf: [{ bodies: sums((n) => n - 3n) }],
  },
  {
    why: "2.6 takes the difference of a negative and a positive number for an overflow, in a chain",
    names: ["expression req.fhdr(x),add(1),mul(2),sub(3)"],
    anyOf: [{ bodies: sums((n) => capped(capped(n + 1n) * 2n) - 3n) }],
  },
  {
    why: "an error file without a length goes out with one, so that the connection can be kept; " +
      "2.6 sends it as HTTP/1.0 up to the end of the connection",
    names: [
      "errorfile of the backend",
      "errorfile replaces the page",
    ],
    anyOf: [{ bodies: ["sorry\n"] }],
  },
  {
    why: "as an error file without a length, here from an http-errors section",
    names: ["http-errors section and errorfiles"],
    anyOf: [{ clients: ["503 closed", "403 kept"] }, { clients: ["503 kept", "403 kept"] }],
  },
  {
    why: "2.6 loses the time of a request for which no backend was found; it is kept here",
    names: ["log: httplog without a backend"],
    anyOf: [{ clients: ["503 unasked"] }],
  },
];

/** Odd messages that 2.6 lets through: a gateway that refuses them is the safer one. */
const REFUSABLE: readonly RegExp[] = [
  /^Host (?!"a\.example(:\d+)?"$|"1\.2\.3\.4"$|"\[::1\](:8080)?"$)/,
  /^target "(http:\/\/"|http:\/\/\/"|http:\/\/user|http:\/\/a\.example:\/|ftp:|ws:)/,
  /^(GET user@a\.example|OPTIONS \*\*|GET \*|CONNECT :443|OPTIONS http:)/,
  /^version "HTTP\/(0\.9|4\.0|1\.2|1\.9)"/,
  /^start line "(HTTP\/1\.1 (20|2000|099|000|600|999) |HTTP\/(0\.9|1\.2|2\.0|3\.1) |RTSP\/)/,
  /^chunks (with|behind) the head: (control character in an extension|framing trailer|encoding trailer|host trailer|trailer with a forbidden name)/,
  /^chunks: bad trailer/,
  /^method "(!#|A{64}|1GET)/,
  /^a method of 8000 bytes/,
  /^line ends: (folded|fold of)/,
  /^empty line before$/,
  /^two Transfer-Encoding, "(identity|gzip|x)" and "chunked"/,
];

const byName = new Map(DIFFERENCES.flatMap((one) => one.names.map((name) => [name, one] as const)));

/** What 3.5 does in a case in which 2.6 does something else. */
export function newerBehaviour(name: string): Difference | undefined {
  return byName.get(name);
}

/** Whether a refusal counts as right beside what haproxy 2.6 does. */
export function mayRefuse(name: string): boolean {
  return REFUSABLE.some((pattern) => pattern.test(name));
}

/** All names that differences speak of, to see that each of them exists. */
export const differingNames: readonly string[] = [...byName.keys()];
