import {
  bytes,
  close,
  end,
  halfClose,
  hear,
  quiet,
  type Script,
  send,
  type TcpCase,
  type TcpClientPlan,
  tell,
  until,
} from "../case.ts";

/** Says something once it was spoken to, in pieces, and ends when the client does. */
const says = (...pieces: readonly string[]): Script => [bytes(1), send(...pieces), end, close];

/** Speaks, takes everything up to the end of line, and leaves. */
const polite: TcpClientPlan = { script: [send("hello"), until("\n"), halfClose, end, close] };
/** Speaks and is cut off. */
const cut: TcpClientPlan = { script: [send("hello"), end, close] };

function responses(
  name: string,
  rules: readonly string[],
  plays: readonly (readonly [said: Script, client: TcpClientPlan])[],
  more: Partial<TcpCase> = {},
): TcpCase {
  return {
    name: `response: ${name}`,
    backends: { main: [...rules, "server o1 ORIGIN1"] },
    clients: plays.map(([, client]) => client),
    origins: { o1: plays.map(([said]) => said) },
    ...more,
  };
}

const patient = "tcp-response inspect-delay 6s";
const hasty = "tcp-response inspect-delay 500ms";

export const responseRuleCases: readonly TcpCase[] = [
  responses("accepted", ["tcp-response content accept"], [[says("answer\n"), polite]]),
  responses("rejected", ["tcp-response content reject"], [[[tell("met"), end, close], {
    script: [hear("met"), end, close],
  }]], {
    endsLoose: true,
  }),
  responses(
    "dropped, so that the client waits on",
    [patient, "tcp-response content silent-drop if { res.payload(0,3) -m str bad }"],
    [[says("bad\n"), { script: [send("hello"), hear("over"), quiet, close] }]],
    { origins: { o1: [[bytes(1), send("bad\n"), end, tell("over"), close]] }, endsLoose: true },
  ),
  responses(
    "rejected by what the server says",
    [patient, "tcp-response content reject if { res.payload(0,3) -m str bad }"],
    [[says("good\n"), polite], [says("bad\n"), cut], [says("b", "ad\n"), cut]],
    { endsLoose: true },
  ),
  responses(
    "held back until enough of it came",
    [patient, "tcp-response content accept if { res.len ge 6 }"],
    [
      [says("ab", "cd", "ef\n"), polite],
      [[bytes(1), send("ab"), bytes(6), send("cdef\n"), end, close], {
        script: [send("hello"), quiet, send("!"), until("\n"), halfClose, end, close],
      }],
    ],
  ),
  responses(
    "what is there when the delay is over",
    [
      hasty,
      "tcp-response content accept if { res.len ge 6 }",
      "tcp-response content reject if { res.len lt 3 }",
    ],
    [[says("ab\n"), polite], [says("ab"), cut]],
    { endsLoose: true },
  ),
  responses(
    "an answer that ends while it is waited for",
    [patient, "tcp-response content accept if { res.len ge 60 }"],
    [[[bytes(1), send("short\n"), close], { script: [send("hello"), end, close] }]],
  ),
  responses(
    "closed for the client, who gets what was said",
    [patient, "tcp-response content close if { res.payload(0,3) -m str bye }"],
    [[says("bye\n"), { script: [send("hello"), until("\n"), end, close] }], [
      says("see you\n"),
      polite,
    ]],
    { endsLoose: true },
  ),
  responses(
    "variables and the log",
    [
      patient,
      "tcp-response content set-var(sess.code) res.payload(0,3) if { res.len ge 3 }",
      'tcp-response content set-var-fmt(sess.text) "<%[var(sess.code)]>"',
    ],
    [[says("220 ready\n"), polite], [says("55", "4 no\n"), polite]],
    { frontend: ['log-format "CASE %b/%s %ts %B [%[var(sess.code)]] [%[var(sess.text)]]"'] },
  ),
  responses(
    "WAIT_END",
    [hasty, "tcp-response content accept if WAIT_END"],
    [[says("a\n"), polite]],
  ),
  responses(
    "only the first bytes are looked at",
    [patient, "tcp-response content reject if { res.payload(0,3) -m str bad }"],
    [[says("fine\n", "bad\n"), {
      script: [send("hello"), until("bad\n"), halfClose, end, close],
    }]],
  ),
  responses(
    "the hello of a server",
    [
      patient,
      "acl hello res.ssl_hello_type 2",
      "tcp-response content reject if !hello { res.len ge 9 }",
      "tcp-response content accept if hello",
    ],
    [
      [says(`\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03${"r".repeat(32)}\0\0\0\n`), polite],
      [says("220 ready and more\n"), cut],
    ],
    { endsLoose: true },
  ),
  responses(
    "rules of either direction together",
    [
      "tcp-request inspect-delay 6s",
      "tcp-request content accept if { req.len ge 5 }",
      patient,
      "tcp-response content reject if { res.payload(0,1) -m str x }",
    ],
    [[says("xyz\n"), cut], [says("abc\n"), polite]],
    { endsLoose: true },
  ),
  responses(
    "an answer longer than a buffer",
    [patient, "tcp-response content accept if { res.len ge 40000 }"],
    [[says("x".repeat(50_000) + "\n"), polite]],
  ),
  responses(
    "a server that says nothing",
    [hasty, "tcp-response content reject"],
    [[[tell("met"), end, close], { script: [hear("met"), end, close] }]],
    { endsLoose: true },
  ),
];
