import { rdpPacket } from "../../../language/raw_bytes.ts";
import {
  ask,
  bytes,
  close,
  end,
  halfClose,
  hear,
  type Script,
  send,
  type TcpCase,
  type TcpClientPlan,
  tell,
  until,
} from "../case.ts";

const four = [1, 2, 3, 4].map((n) => `server o${n} ORIGIN${n}`);
const rdp = (user: string) => ask(rdpPacket(`Cookie: mstshash=${user}\r\n`));
const from = (address: string): TcpClientPlan => ({ ...ask("x"), from: address });
const sources = [1, 2, 3, 9, 77, 200].map((n) => from(`127.0.3.${n}`));

/** Stays until told. */
const stays = (word: string, until_: string): Script => [
  send("x"),
  until("\n"),
  tell(word),
  hear(until_),
  halfClose,
  end,
  close,
];

export const balanceCases: readonly TcpCase[] = [
  {
    name: "balance: roundrobin",
    backends: { main: ["balance roundrobin", ...four.slice(0, 3)] },
    clients: Array.from({ length: 7 }, () => ask("x")),
  },
  {
    name: "balance: roundrobin with weights",
    backends: {
      main: ["balance roundrobin", "server o1 ORIGIN1 weight 3", "server o2 ORIGIN2 weight 1"],
    },
    clients: Array.from({ length: 8 }, () => ask("x")),
  },
  {
    name: "balance: source",
    backends: { main: ["balance source", ...four] },
    clients: [...sources, ...sources],
  },
  {
    name: "balance: source, consistent",
    backends: { main: ["balance source", "hash-type consistent", ...four] },
    clients: sources,
  },
  {
    name: "balance: hash of a sample",
    frontend: ["tcp-request inspect-delay 6s", "tcp-request content accept if { req.len ge 3 }"],
    backends: { main: ["balance hash req.payload(0,3)", ...four] },
    clients: ["aaa", "bbb", "ccc", "ddd", "aaa"].map((text) => ask(text)),
  },
  {
    name: "balance: source of a PROXY header",
    bind: "accept-proxy",
    backends: { main: ["balance source", ...four] },
    clients: [1, 2, 3, 4, 50].map((n) => ask(`PROXY TCP4 10.0.0.${n} 1.2.3.4 1 2\r\nx`)),
  },
  {
    name: "balance: rdp-cookie",
    frontend: ["tcp-request inspect-delay 6s", "tcp-request content accept if RDP_COOKIE"],
    backends: { main: ["balance rdp-cookie", ...four] },
    clients: ["ann", "bob", "cid", "dan", "ann", "cid"].map(rdp),
  },
  {
    name: "balance: rdp-cookie of another name",
    frontend: ["tcp-request inspect-delay 6s", "tcp-request content accept if { req.len ge 11 }"],
    backends: { main: ["balance rdp-cookie(other)", ...four] },
    clients: [
      ...["a", "b", "c"].map((value) => ask(rdpPacket(`Cookie: other=${value}\r\n`))),
      rdp("ann"),
    ],
  },
  ...["", "(other)"].map((name): TcpCase => ({
    name: `persist rdp-cookie${name}`,
    frontend: ["tcp-request inspect-delay 6s", "tcp-request content accept if { req.len ge 25 }"],
    backends: {
      main: [
        `persist rdp-cookie${name}`,
        "retries 0",
        "server o1 ORIGIN1",
        "server named 127.0.0.1:1 weight 0",
      ],
    },
    // 127.0.0.1 and port 1 in network order, as a little-endian machine reads them.
    clients: [
      "msts=16777343.256.0000",
      "msts=16777343.256",
      "msts=16777343.1.0000",
      "msts=1677734.256.0000",
      "msts=x.256.0000",
      "other=16777343.256.0000",
      "OTHER=16777343.256.0000",
      "mstshash=ann",
    ].map((cookie) => ({
      script: [send(rdpPacket(`Cookie: ${cookie}\r\n`)), halfClose, end, close],
    })),
  })),
  {
    name: "balance: first",
    together: true,
    backends: {
      main: ["balance first", "server o1 ORIGIN1 maxconn 1", "server o2 ORIGIN2 maxconn 1"],
    },
    clients: [
      { script: stays("one", "two") },
      { script: [hear("one"), send("x"), until("\n"), tell("two"), halfClose, end, close] },
    ],
  },
  {
    name: "balance: leastconn",
    together: true,
    backends: { main: ["balance leastconn", ...four.slice(0, 3)] },
    clients: [
      { script: stays("one", "four") },
      { script: [hear("one"), ...stays("two", "four")] },
      { script: [hear("two"), ...stays("three", "four")] },
      { script: [hear("three"), send("x"), until("\n"), tell("four"), halfClose, end, close] },
    ],
  },
  {
    name: "balance: static-rr",
    backends: { main: ["balance static-rr", ...four.slice(0, 2), "server o3 ORIGIN3 weight 2"] },
    clients: Array.from({ length: 8 }, () => ask("x")),
  },
  {
    name: "balance: a weight of nothing and a backup",
    backends: {
      main: ["server o1 ORIGIN1 weight 0", "server o2 ORIGIN2", "server o3 ORIGIN3 backup"],
    },
    clients: [ask("x"), ask("y")],
  },
  {
    name: "unix: a frontend on a unix socket",
    sections: {
      "frontend CASE_unix from usual": ["bind unix@UNIX(front)", "default_backend CASE_main"],
    },
    clients: [{ ...ask("x"), unix: "front" }],
  },
  {
    name: "unix: a server on a unix socket",
    backends: { main: ["server o1 unix@UNIX(o1)"] },
    unixOrigins: ["o1"],
    clients: [ask("x")],
  },
  {
    name: "unix: both, with a PROXY header out",
    sections: {
      "frontend CASE_unix from usual": ["bind unix@UNIX(front)", "default_backend CASE_main"],
    },
    backends: { main: ["server o1 unix@UNIX(o1) send-proxy"] },
    unixOrigins: ["o1"],
    clients: [{ ...ask("x"), unix: "front" }],
  },
  {
    name: "unix: a path without its kind",
    backends: { main: ["server o1 UNIX(o1)"] },
    unixOrigins: ["o1"],
    clients: [ask("x")],
  },
  {
    name: "source: the address that the server sees",
    backends: { main: ["source 127.0.0.77", "server o1 ORIGIN1"] },
    clients: [ask("x")],
    origins: { o1: [[bytes(1), send("PEER\n"), end, close]] },
  },
  {
    name: "source: one server's own",
    backends: { main: ["source 127.0.0.77", "server o1 ORIGIN1 source 127.0.0.78"] },
    clients: [ask("x")],
    origins: { o1: [[bytes(1), send("PEER\n"), end, close]] },
  },
];
