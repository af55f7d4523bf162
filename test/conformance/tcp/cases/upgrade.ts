import {
  close,
  end,
  halfClose,
  hear,
  quiet,
  type Script,
  send,
  type TcpCase,
  tell,
  until,
} from "../case.ts";

const request = (path: string, ...fields: readonly string[]): string =>
  ["GET " + path + " HTTP/1.1", "Host: www.example.com", ...fields, "", ""].join("\r\n");
const answer = (body: string): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** Answers each of two requests on a connection. */
const httpOrigin: Script = [
  until("\r\n\r\n"),
  send(answer("one")),
  until("two HTTP/1.1\r\n"),
  send(answer("two")),
  close,
];
const oneAnswer: Script = [until("\r\n\r\n"), send(answer("one")), close];

const toHttp = { main: ["mode http", "server o1 ORIGIN1"] };
const leaves: Script = [halfClose, end, close];

const basic = {
  http: true,
  backends: toHttp,
  origins: { o1: [oneAnswer] },
} as const;

export const upgradeCases: readonly TcpCase[] = [
  {
    ...basic,
    name: "upgrade: a request to an HTTP backend",
    clients: [{ script: [send(request("/one")), until("one"), ...leaves] }],
  },
  {
    ...basic,
    name: "upgrade: several requests on one connection",
    logs: 2,
    origins: { o1: [httpOrigin] },
    clients: [{
      script: [
        send(request("/one")),
        until("one"),
        send(request("/two")),
        until("two"),
        ...leaves,
      ],
    }],
  },
  {
    ...basic,
    name: "upgrade: the first request in pieces",
    clients: [1, 3, 10, 20, 40].map((at) => ({
      script: [
        send(request("/one").slice(0, at), request("/one").slice(at)),
        until("one"),
        ...leaves,
      ],
    })),
  },
  {
    ...basic,
    name: "upgrade: what is no request",
    clients: [
      { script: [send("\x16\x03\x01\x00\x10rubbish\r\n\r\n"), end, close] },
      { script: [send("GET / HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\n"), end, close] },
    ],
    endsLoose: true,
  },
  {
    ...basic,
    name: "upgrade: nothing comes at all",
    frontend: ["timeout client 600ms"],
    clients: [{ script: [end, close] }],
    endsLoose: true,
  },
  {
    ...basic,
    name: "upgrade: by the first bytes, beside a server that speaks otherwise",
    frontend: [
      "tcp-request inspect-delay 6s",
      "tcp-request content accept if HTTP",
      "tcp-request content accept if { req.payload(0,4) -m str SSH- }",
      "use_backend CASE_main if HTTP",
      "default_backend CASE_other",
    ],
    backends: { ...toHttp, other: ["server o2 ORIGIN2"] },
    clients: [
      { script: [send(request("/one")), until("one"), ...leaves] },
      { script: [send("SSH-2.0-x\r\n"), until("\n"), ...leaves] },
    ],
  },
  {
    ...basic,
    name: "upgrade: rules of the HTTP backend",
    backends: {
      main: [
        "mode http",
        "http-request deny deny_status 429 if { path /no }",
        "http-request set-header X-Backend yes",
        "http-response set-header X-Answer yes",
        "server o1 ORIGIN1",
      ],
    },
    clients: [
      { script: [send(request("/no")), until("\r\n\r\n"), ...leaves] },
      { script: [send(request("/one")), until("one"), ...leaves] },
    ],
    endsLoose: true,
  },
  {
    ...basic,
    name: "upgrade: a redirect of the backend",
    backends: { main: ["mode http", "redirect prefix https://x.example", "server o1 ORIGIN1"] },
    clients: [{ script: [send(request("/a")), until("\r\n\r\n"), ...leaves] }],
    endsLoose: true,
  },
  {
    ...basic,
    name: "upgrade: no server answers",
    backends: { main: ["mode http", "retries 0", "server s REFUSED"] },
    clients: [{ script: [send(request("/a")), until("</html>"), ...leaves] }],
    endsLoose: true,
  },
  {
    ...basic,
    name: "upgrade: logged as HTTP by the format of the frontend",
    frontend: ["option httplog"],
    clients: [{ script: [send(request("/one")), until("one"), ...leaves] }],
  },
  {
    ...basic,
    name: "upgrade: of a proxied connection",
    bind: "accept-proxy",
    backends: { main: ["mode http", "option forwardfor", "server o1 ORIGIN1"] },
    clients: [{
      script: [
        send("PROXY TCP4 1.2.3.4 5.6.7.8 11 22\r\n" + request("/one")),
        until("one"),
        ...leaves,
      ],
    }],
  },
  {
    ...basic,
    name: "switch-mode: by a rule, to the default backend",
    frontend: [
      "tcp-request inspect-delay 6s",
      "tcp-request content switch-mode http if HTTP",
    ],
    clients: [{ script: [send(request("/one")), until("one"), ...leaves] }],
  },
  {
    ...basic,
    name: "switch-mode: every request is routed on its own",
    frontend: [
      "tcp-request inspect-delay 6s",
      "tcp-request content switch-mode http if HTTP",
      "use_backend CASE_b if { path /two }",
      "default_backend CASE_main",
    ],
    backends: { main: ["mode http", "server o1 ORIGIN1"], b: ["mode http", "server o2 ORIGIN2"] },
    origins: { o1: [oneAnswer], o2: [[until("\r\n\r\n"), send(answer("two")), close]] },
    clients: [{
      script: [send(request("/one")), until("one"), send(request("/two")), until("two"), ...leaves],
    }],
    logs: 2,
  },
];

/** The head comes first, the body when the log line is there. */
const lateBody: Script = [
  until("\r\n\r\n"),
  send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"),
  hear("head"),
  send("body"),
  close,
];

/** HTTP frontends whose TCP rules look at a connection, and at each request. */
export const httpFrontendCases: readonly TcpCase[] = [
  {
    ...basic,
    name: "HTTP frontend: a content rule by the request",
    frontend: [
      "mode http",
      "tcp-request inspect-delay 6s",
      "tcp-request content reject if { path /no }",
    ],
    clients: [
      { script: [send(request("/one")), until("one"), ...leaves] },
      { script: [send(request("/no")), end, close] },
    ],
    endsLoose: true,
  },
  {
    ...basic,
    name: "HTTP frontend: content rules run for every request",
    frontend: [
      "mode http",
      "tcp-request content reject if { path /two }",
      "http-request set-header X-Seen %[path]",
    ],
    clients: [{
      script: [send(request("/one")), until("one"), send(request("/two")), end, close],
    }],
    logs: 2,
    endsLoose: true,
  },
  {
    ...basic,
    name: "HTTP frontend: variables of content rules reach HTTP rules",
    frontend: [
      "mode http",
      "tcp-request connection set-var(sess.a) src",
      "tcp-request content set-var(txn.b) path",
      "http-request set-header X-Both %[var(sess.a)]:%[var(txn.b)]",
    ],
    clients: [{ script: [send(request("/one")), until("one"), ...leaves] }],
  },
  {
    ...basic,
    name: "HTTP frontend: logasap",
    frontend: ["mode http", "option logasap", "option httplog"],
    origins: { o1: [lateBody] },
    clients: [{
      script: [send(request("/one")), until("\r\n\r\n"), tell("head"), until("body"), ...leaves],
    }],
  },
  {
    ...basic,
    name: "HTTP frontend: logasap of what is answered here",
    frontend: ["mode http", "option logasap", "option httplog", "http-request deny"],
    clients: [{ script: [send(request("/one")), until("</html>"), ...leaves] }],
    endsLoose: true,
  },
  {
    ...basic,
    name: "HTTP frontend: a session rule rejects",
    frontend: ["mode http", "tcp-request session reject if { src 127.0.0.66 }"],
    clients: [
      { script: [end, close], from: "127.0.0.66" },
      { script: [send(request("/one")), until("one"), ...leaves] },
    ],
    logs: 1,
    endsLoose: true,
  },
  {
    ...basic,
    name: "HTTP frontend: a content rule of the backend",
    frontend: ["mode http"],
    backends: {
      main: ["mode http", "tcp-request content reject if { path /no }", "server o1 ORIGIN1"],
    },
    clients: [
      { script: [send(request("/one")), until("one"), ...leaves] },
      { script: [send(request("/no")), end, close] },
    ],
    endsLoose: true,
  },
  {
    ...basic,
    name: "HTTP frontend: a request with a half-written head waits for the rest",
    frontend: ["mode http", "tcp-request inspect-delay 6s", "tcp-request content accept if HTTP"],
    clients: [{
      script: [
        send(request("/one").slice(0, 30)),
        quiet,
        send(request("/one").slice(30)),
        until("one"),
        ...leaves,
      ],
    }],
  },
];
