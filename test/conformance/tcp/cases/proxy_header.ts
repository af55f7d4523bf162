import {
  ask,
  bytes,
  close,
  end,
  halfClose,
  send,
  type TcpCase,
  turnedAway,
  until,
} from "../case.ts";

const signature = "\r\n\r\n\0\r\nQUIT\n";
/** 1.2.3.4:11 to 5.6.7.8:22. */
const ends = "\x01\x02\x03\x04\x05\x06\x07\x08\x00\x0b\x00\x16";
const v1 = "PROXY TCP4 1.2.3.4 5.6.7.8 11 22\r\n";

function v2(command: number, family: number, rest: string): string {
  return signature + String.fromCharCode(command, family, rest.length >> 8, rest.length & 255) +
    rest;
}

const header2 = v2(0x21, 0x11, ends);
const seen = 'log-format "CASE %ci:%cp %[dst]:%[dst_port] %b/%s %ts"';

function taking(name: string, headers: readonly string[], more: Partial<TcpCase> = {}): TcpCase {
  return {
    name: `PROXY in: ${name}`,
    bind: "accept-proxy",
    frontend: [seen],
    clients: headers.map((header) => ask(`${header}hello`)),
    ...more,
  };
}

const incoming: readonly TcpCase[] = [
  taking("version 1", [v1, "PROXY TCP6 2001:db8::1 ::1 11 22\r\n"]),
  taking("version 2", [header2]),
  taking("version 1 in pieces", [], {
    clients: [1, 5, 6, 11, 20, v1.length - 2, v1.length - 1, v1.length].map((at) =>
      ask(v1.slice(0, at), v1.slice(at) + "hello")
    ),
  }),
  taking("version 2 in pieces", [], {
    clients: [1, 5, 12, 13, 15, 16, 20, header2.length - 1, header2.length].map((at) =>
      ask(header2.slice(0, at), header2.slice(at) + "hello")
    ),
  }),
  taking("version 1 byte by byte", [], { clients: [ask(...v1, "hello")] }),
  taking("bytes behind the header go to the server whole", [], {
    clients: [{ script: [send(v1 + "x".repeat(20_000) + "\n"), bytes(3), halfClose, end, close] }],
    origins: { o1: [[until("\n"), send("o1\n"), end, close]] },
  }),
  taking("rules look behind the header", [], {
    frontend: [
      "tcp-request inspect-delay 6s",
      "tcp-request content reject if { req.payload(0,5) -m str PROXY }",
      "tcp-request content accept if { req.payload(0,5) -m str hello } { src 1.2.3.4 }",
      "tcp-request content reject if { req.len ge 5 }",
      seen,
    ],
    clients: [ask(`${v1}hello`), ask(v1, "hel", "lo"), turnedAway(`${v1}PROXY x`)],
    endsLoose: true,
  }),
  taking("none, though one must come", [], {
    clients: [turnedAway("hello, this is no header\r\n"), turnedAway("GET / HTTP/1.1\r\n\r\n")],
    endsLoose: true,
  }),
  taking("the connection ends inside it", [], {
    clients: [{ script: [send("PROXY TCP4 1.2"), halfClose, end, close] }],
    endsLoose: true,
  }),
  taking("it does not come in time", [], {
    frontend: ["timeout client 600ms", seen],
    clients: [turnedAway()],
    endsLoose: true,
  }),
  taking("expect-proxy for all", [v1, header2], {
    bind: "",
    frontend: ["tcp-request connection expect-proxy layer4", seen],
  }),
];

const outgoing = [
  "send-proxy",
  "send-proxy-v2",
  "send-proxy-v2 proxy-v2-options crc32c",
  "send-proxy-v2 proxy-v2-options unique-id",
] as const;

/** What differs between two runs in a header of version 2: the client's port, both gateways' ports, a checksum. */
const binary = [/\\u0003\\u0000\\u0004[^]*?(?=hello)/];

const sending: readonly TcpCase[] = [
  ...outgoing.map((options): TcpCase => ({
    name: `PROXY out: ${options}`,
    bind: "accept-proxy",
    frontend: options.includes("unique-id")
      ? ['unique-id-format "id-%[src]"', "tcp-request content set-var(sess.x) unique-id"]
      : [],
    backends: { main: [`server o1 ORIGIN1 ${options}`] },
    clients: [ask(`${v1}hello`)],
    mask: binary,
  })),
  {
    name: "PROXY out: version 1, from an address of IPv6",
    bind: "accept-proxy",
    backends: { main: ["server o1 ORIGIN1 send-proxy"] },
    clients: [ask("PROXY TCP6 2001:db8::1 ::1 11 22\r\nhello")],
  },
  {
    name: "PROXY out: of a connection that nobody proxied",
    backends: { main: ["server o1 ORIGIN1 send-proxy"] },
    clients: [{ ...ask("hello"), from: "127.0.0.9" }],
  },
  {
    name: "PROXY out: goes out though the client says nothing",
    backends: { main: ["server o1 ORIGIN1 send-proxy"] },
    clients: [{ script: [until("\n"), halfClose, end, close] }],
    origins: { o1: [[until("\r\n"), send("NAME\n"), end, close]] },
  },
  {
    name: "PROXY out: LOCAL addresses pass as those of the connection",
    bind: "accept-proxy",
    backends: { main: ["server o1 ORIGIN1 send-proxy"] },
    clients: [ask(v2(0x20, 0, "") + "hello")],
  },
  {
    name: "PROXY out: UNKNOWN",
    bind: "accept-proxy",
    backends: { main: ["server o1 ORIGIN1 send-proxy"] },
    clients: [ask("PROXY UNKNOWN\r\nhello")],
  },
  {
    name: "PROXY out: to one server of two",
    backends: {
      main: ["balance roundrobin", "server o1 ORIGIN1 send-proxy", "server o2 ORIGIN2"],
    },
    clients: [ask("a"), ask("b")],
  },
];

export const proxyHeaderCases: readonly TcpCase[] = [...incoming, ...sending];
