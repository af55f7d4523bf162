import { answer, type Case, each, get, responseExpression } from "../case.ts";

const RICH = answer("203 Fine", [
  'X-L: a, b ,"c,d"',
  "X-L: f",
  "X-N: 12",
  "X-E:",
  "X-A: 9.8.7.6",
  "Set-Cookie: sid=abc; Path=/; HttpOnly",
  'Set-Cookie: other="q"; Secure',
], "payload");

const EXPRESSIONS = [
  "status",
  "txn.status",
  "res.ver",
  "resp_ver",
  "capture.res.ver",
  "server_status",
  "res.hdr(x-l)",
  "res.hdr(x-l,1)",
  "res.hdr(x-l,-2)",
  "res.fhdr(x-l)",
  "res.fhdr(x-l,1)",
  "res.fhdr_cnt(x-l)",
  "res.hdr_cnt(x-l)",
  "res.hdr_cnt(nope)",
  "res.hdr_val(x-n)",
  "res.hdr_ip(x-a)",
  "res.hdr(x-e)",
  "res.hdr(nope)",
  "res.hdr_names",
  "res.hdr_names(|)",
  "res.hdrs,length",
  "shdr(x-l)",
  "shdr_cnt(x-l)",
  "shdr_ip(x-a)",
  "shdr_val(x-n)",
  "res.cook(sid)",
  "res.cook(other)",
  "res.cook(nope)",
  "res.cook_cnt(sid)",
  "res.cook_val(sid)",
  "scook(sid)",
  "scook_cnt(sid)",
  "scook_val(sid)",
  "hdr(x-n)",
];

/** Fetches that Debian's 2.6 has not, with what they give on `RICH`. */
const NEWER: Readonly<Record<string, string>> = {
  "txn.status": "[203]",
  "server_status": "[203]",
};

function responseCase(text: string): Case {
  const value = NEWER[text];
  if (value === undefined) return responseExpression(text, [RICH]);
  return responseExpression(text, [RICH], {
    beyondReference: `${text} is newer than 2.6`,
    expect: { answerFields: [`x-value: ${value}`] },
  });
}

export const fetchResponseCases: readonly Case[] = [
  ...EXPRESSIONS.map(responseCase),
  responseExpression("status", [answer("404 Not Found"), answer("500 Oops"), answer("299 Odd")], {
    clients: each(get("/1"), get("/2"), get("/3")),
  }),
  responseExpression("res.ver", [{ pieces: ["HTTP/1.0 200 OK\r\n\r\nold"], afterwards: "close" }]),
  responseExpression("capture.req.uri", [RICH], { clients: each(get("/kept?for=later")) }),
  responseExpression("capture.req.method", [RICH]),
  responseExpression("method", [RICH]),
  responseExpression("req.ver", [RICH], {
    beyondReference: "2.6 keeps no req.ver for the response",
    expect: { answerFields: ["x-value: [1.1]"] },
  }),
  responseExpression("http_first_req", [RICH]),
  responseExpression("src", [RICH]),
  responseExpression("res.body_len", [RICH], {
    frontend: ["http-response wait-for-body time 500ms"],
  }),
  responseExpression("res.body", [RICH], { frontend: ["http-response wait-for-body time 500ms"] }),
  responseExpression("res.body_size", [RICH], {
    frontend: ["http-response wait-for-body time 500ms"],
  }),
  responseExpression("res.body_len", [{
    pieces: [
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
      "2\r\nde\r\n0\r\n\r\n",
    ],
  }], {
    frontend: ["http-response wait-for-body time 500ms"],
  }),
  {
    name: "a request fetch in a response rule never matches",
    frontend: [
      "http-response set-header x-hit 1 if { path /x }",
      "http-response set-header x-miss 1 unless { path /x }",
    ],
    clients: each(get("/x")),
  },
  {
    name: "a variable set from the request is there in the response",
    frontend: [
      "http-request set-var(txn.p) path",
      "http-response set-header x-path %[var(txn.p)]",
      "http-request set-var(req.q) path",
      'http-response set-header x-gone "[%[var(req.q)]]"',
    ],
    clients: each(get("/remember")),
  },
];
