import { answer, type Case, get, request } from "../case.ts";

/** Dates, ports, process ids, timers and counters of connections. */
const MASK = [
  // Date, host name and tag of syslog.
  /(?<=^<\d+>).{15} \S+(?=: )/,
  /\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d(\.\d{3})?( [+-]\d{4})?/g,
  // Client's port, in the common log format behind two empty fields.
  /127\.0\.0\.1:\d+/g,
  /(?<="" "" )\d+ \d+(?= "c\d{4}")/,
  // Timers that ran; what never happened stays -1.
  /(?<= c\d{4} \S+ (?:-?\d+\/){0,4})\+?\d+(?=\/)|(?<= c\d{4} \S+ (?:-?\d+\/){4})\+?\d+/g,
  /(?<="c\d{4}\S* "\S+" )\d+ \d+ \d+ \d+ \d+/,
  // Bytes: 2.6 counts them as it stores messages, not as they are on the wire.
  /(?<= [1-5]\d\d )\d+(?= )/,
  // Connections of the process and of the frontend.
  /(?<= -?[-\w]{4} )\d+\/\d+(?=\/\d+\/\d+\/\+?\d+ )/,
];

/** Those to the backend and the server: a thread of haproxy may count the client before yet. */
const COUNTS = /(?<=<masked>\/)\d+\/\d+(?=\/\+?\d+ \d+\/\d+ )/;

function logged(
  name: string,
  lines: readonly string[],
  requests: readonly string[],
  more: Partial<Case> = {},
): Case {
  return {
    name: `log: ${name}`,
    frontend: lines,
    logs: requests.length,
    mask: requests.length > 1 ? [...MASK, COUNTS] : MASK,
    clients: requests.map((piece) => ({ pieces: [piece] })),
    ...more,
  };
}

/** A log format of our own, whose parts do not vary. */
function format(
  text: string,
  requests: readonly string[] = [get("/a/b?c=d")],
  more: Partial<Case> = {},
): Case {
  const { frontend = [], ...rest } = more;
  return logged(`log-format ${text}`, [...frontend, `log-format "%f %ST ${text}"`], requests, rest);
}

/** A request that a rule lets wait for a tenth of a second or more: which timers say so? */
function waiting(
  name: string,
  lines: readonly string[],
  requests: readonly string[],
  more: Partial<Case> = {},
): Case {
  const frontend = ['log-format "%f %ST %ts %TR %Tq %Tw"', ...lines];
  const mask = [...MASK, /(?<= )\d{3,}\b/g];
  return logged(`timers: ${name}`, frontend, requests, { mask, ...more });
}

/** Its second half never comes. */
const HALF = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab";
const SILENT_RESOLVERS = {
  "resolvers CASE_r": [
    "nameserver a REFUSED",
    "timeout retry 150ms",
    "timeout resolve 150ms",
    "resolve_retries 2",
  ],
};
const RESOLVE = "http-request do-resolve(txn.a,CASE_r,ipv4) str(a.example)";

const WAITS: readonly Case[] = [
  waiting("do-resolve and an answer", [RESOLVE, "http-request return status 200"], [get("/")], {
    sections: SILENT_RESOLVERS,
  }),
  waiting("do-resolve and a denial", [RESOLVE, "http-request deny"], [get("/")], {
    sections: SILENT_RESOLVERS,
  }),
  waiting("do-resolve and reject", [RESOLVE, "http-request reject"], [get("/")], {
    sections: SILENT_RESOLVERS,
  }),
  waiting("do-resolve while a body is overdue", ["timeout client 120ms", RESOLVE], [HALF], {
    sections: SILENT_RESOLVERS,
  }),
  waiting("tarpit", ["timeout tarpit 150ms", "http-request tarpit"], [get("/")]),
  waiting("tarpit while a body is overdue", [
    "timeout client 120ms",
    "timeout tarpit 5s",
    "http-request tarpit",
  ], [HALF]),
  waiting("wait-for-body in vain", ["http-request wait-for-body time 150ms"], [HALF]),
  waiting("wait-for-body while a body is overdue", [
    "timeout client 120ms",
    "http-request wait-for-body time 5s",
  ], [HALF]),
  waiting("buffered request that never comes", [
    "timeout client 120ms",
    "option http-buffer-request",
  ], [HALF]),
  waiting("inspection for its whole delay", [
    "tcp-request inspect-delay 150ms",
    "tcp-request content accept if { req.body -m len 4 }",
    "http-request redirect location /x",
  ], [HALF]),
  waiting("reject at once", ["http-request reject"], [get("/")]),
];

const ALIASES = [
  "%HM %HP %HPO %HQ %HU %HV",
  "%r",
  "%{+Q}r",
  "%ST",
  "%b",
  "%s",
  "%ft",
  "%ci",
  "%fi",
  "%ts",
  "%tsc",
  "%rc",
  "%bq/%sq",
  "%hr|%hs",
  "%hrl|%hsl",
  "%CC|%CS",
  "%[method] %[status]",
  "%{+X}ci",
  "%{+Q}o %b %s",
  "%%",
  "%si",
  "%{+E}[var(txn.x)]",
  "%[capture.req.uri]",
  "%[var(txn.a)]",
  "%{-Q}[str(a)]",
  "%ID",
  "%[src]",
  "\\[%b\\]",
];

export const logCases: readonly Case[] = [
  logged("httplog", ["option httplog"], [get("/a?b=c")]),
  logged("httplog of a denied request", ["option httplog", "http-request deny"], [get("/no")]),
  logged("httplog of a redirect", ["option httplog", "http-request redirect location /x"], [
    get("/no"),
  ]),
  logged("httplog of an error of the backend", ["option httplog"], [get("/")], {
    backends: { main: ["server dead REFUSED"] },
  }),
  logged("httplog without a backend", [
    "option httplog",
    "use_backend CASE_main if { path /never }",
  ], [get("/")]),
  logged("httplog of a bad request", ["option httplog"], ["GET / HTTP/1.1\r\nbad header\r\n\r\n"]),
  logged(
    "httplog with captures",
    [
      "option httplog",
      "capture request header X-A len 5",
      "capture request header Host len 20",
      "capture response header X-R len 10",
      "capture response header Server len 4",
    ],
    [get("/", "X-A: abcdefgh")],
    { answers: { o1: [answer("200 OK", ["X-R: rr", "Server: origin/9"], "x")] } },
  ),
  logged("httplog with captured cookies", ["option httplog", "capture cookie SID len 32"], [
    get("/", "Cookie: a=1; SID=xyz; b=2"),
  ], { answers: { o1: [answer("200 OK", ["Set-Cookie: SIDE=new; Path=/"], "x")] } }),
  logged("httplog of a truncated answer", ["option httplog"], [get("/")], {
    answers: {
      o1: [{ pieces: ["HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"], afterwards: "close" }],
    },
  }),
  logged("httplog of an invalid answer", ["option httplog"], [get("/")], {
    answers: { o1: [{ pieces: ["garbage\r\n\r\n"], afterwards: "close" }] },
  }),
  logged("httplog of an empty answer", ["option httplog"], [get("/")], {
    answers: { o1: [{ pieces: [], afterwards: "close" }] },
  }),
  logged("clf", ["option httplog clf"], [get("/a?b=c")]),
  logged("log-format with quotes and control characters in a header", [
    "http-request set-var(txn.x) req.hdr(x)",
    'log-format "%f %[var(txn.x)] %{+Q}[var(txn.x)]"',
  ], [get("/", 'X: a"b\tc\x7fd')]),
  logged(
    "set-log-level silent logs only the other request",
    ["option httplog", "http-request set-log-level silent if { path /quiet }"],
    [get("/quiet"), get("/loud")],
    { logs: 1 },
  ),
  logged(
    "dontlog-normal keeps errors",
    [
      "option httplog",
      "option dontlog-normal",
      "http-request deny deny_status 500 if { path /bad }",
    ],
    [get("/fine"), get("/bad")],
    { logs: 1 },
  ),
  logged("bytes of both directions", ['log-format "%f %U %B %ST"'], [
    request("POST", "/", [], "0123456789"),
  ], {
    beyondReference: "2.6 counts bytes as it stores messages, not as they are on the wire",
    expect: { logs: ["72 71 200"] },
  }),
  ...ALIASES.map((text) =>
    format(text, [get("/a/b?c=d", 'X: q"]', "Cookie: k=v")], {
      frontend: ["http-request set-var(txn.a) str(v)", "http-request set-var(txn.x) req.hdr(x)"],
    })
  ),
  ...WAITS,
  format("%ts %ST", [get("/")], { answers: { o1: [answer("404 Not Found")] } }),
];
