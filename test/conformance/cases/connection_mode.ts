import { answer, type Case, each, get, request, rules } from "../case.ts";

const TWICE = [[get("/1"), get("/2")]];
const FORWARDED: readonly (readonly string[])[] = [
  ["option forwardfor"],
  ["option forwardfor header X-Client"],
  ["option forwardfor if-none"],
  ["option forwardfor except 127.0.0.0/8"],
  ["option forwardfor except 10.0.0.0/8"],
  ["option originalto"],
  ["option originalto header X-To"],
  ["option originalto except 127.0.0.0/8"],
];
const WITH_XFF = get("/", "X-Forwarded-For: 9.9.9.9", "X-Client: 8.8.8.8");

export const connectionModeCases: readonly Case[] = [
  ...["httpclose", "http-server-close", "http-keep-alive"].flatMap((mode) => [
    rules(`option ${mode} on the frontend`, [`option ${mode}`], TWICE),
    {
      name: `option ${mode} on the backend`,
      frontend: [],
      backends: { main: [`option ${mode}`, "server o1 ORIGIN1"] },
      clients: each([get("/1"), get("/2")]),
    },
    rules(`option ${mode} and an HTTP/1.0 client`, [`option ${mode}`], [
      "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
    ]),
    rules(`option ${mode} and an origin that closes`, [`option ${mode}`], [get("/")], {
      answers: { o1: [{ pieces: ["HTTP/1.1 200 OK\r\n\r\nuntil the end"], afterwards: "close" }] },
    }),
  ]),
  ...["httpclose", "http-server-close"].map((mode) => ({
    name: `option http-pretend-keepalive and ${mode}`,
    frontend: [],
    backends: {
      main: [`option ${mode}`, "option http-pretend-keepalive", "server o1 ORIGIN1"],
    },
    clients: each([get("/1"), get("/2")]),
  })),
  ...FORWARDED.map((lines) => rules(lines.join("; "), lines, [get("/"), WITH_XFF])),
  rules("client asks to close", [], [get("/", "Connection: close")]),
  rules("origin asks to close", [], [[get("/1"), get("/2")]], {
    answers: { o1: [answer("200 OK", ["Connection: close"], "x")] },
  }),
  rules("no option forwardfor leaves the field alone", [], [WITH_XFF]),
  rules("unique-id-header is added", ["unique-id-format %HP-%ci", "unique-id-header X-Unique"], [
    get("/u"),
  ]),
  rules("100-continue goes through", [], [], {
    clients: [{
      pieces: [request("POST", "/", ["Expect: 100-continue", "Content-Length: 3"]), "abc"],
      methods: ["POST"],
    }],
  }),
  rules("head has no body", [], ["HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n"]),
  rules("204 and 304 have no body", [], [[get("/1"), get("/2")]], {
    answers: {
      o1: [{ pieces: ["HTTP/1.1 204 No Content\r\n\r\n"] }, {
        pieces: ['HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n'],
      }],
    },
  }),
  rules("chunked both ways", [], [
    request("POST", "/", ["Transfer-Encoding: chunked"], "5\r\nhello\r\n0\r\n\r\n"),
  ], {
    answers: {
      o1: [{
        pieces: ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"],
      }],
    },
  }),
  rules("large body up", [], [request("POST", "/", [], "x".repeat(100_000))]),
  rules("large body down", [], [get("/")], {
    answers: { o1: [answer("200 OK", [], "y".repeat(200_000))] },
  }),
  rules("pipelined requests are answered in order", [], [], {
    clients: [{ pieces: [get("/1") + get("/2") + get("/3")], methods: ["GET", "GET", "GET"] }],
  }),
];
