import { unsupported } from "../../lang/unsupported.ts";
import { accountNumber } from "../compile/accounts.ts";
import type { BindOptions } from "../compile/bind_draft.ts";
import type { Line } from "../compile/line.ts";
import { controlLevels } from "../control_plan.ts";
import type { Word } from "../directive.ts";
import { acceptedOptions } from "./accepted.ts";
import { refusedOptions } from "./refused.ts";
import type { OptionSpec } from "./spec.ts";

function value(line: Line, option: Word, what = "missing value"): Word {
  return line.take(`'${option.text}' : ${what}`);
}

function integer(line: Line, option: Word, min: number): number {
  return line.integer(value(line, option), min, undefined, option.text);
}

/** Options that mean something here. */
const meaningful: readonly OptionSpec<BindOptions>[] = [
  {
    name: "name",
    syntax: "name <name>",
    doc: "The socket's name (`so_name`).",
    apply(line, draft, option) {
      draft.name = value(line, option, "missing name").text;
    },
  },
  {
    name: "id",
    syntax: "id <id>",
    doc: "The socket's numeric identity (`so_id`).",
    apply(line, draft, option) {
      draft.id = integer(line, option, 1);
    },
  },
  {
    name: "maxconn",
    syntax: "maxconn <maxconn>",
    doc: "Connections of this socket at once.",
    apply(line, draft, option) {
      draft.maxconn = integer(line, option, 0);
    },
  },
  {
    name: "backlog",
    syntax: "backlog <backlog>",
    doc: "Length of the kernel's queue of connections not accepted yet.",
    apply(line, draft, option) {
      draft.backlog = integer(line, option, 1);
    },
  },
  {
    name: "v6only",
    syntax: "v6only",
    doc: "An IPv6 socket takes no IPv4 connections.",
    apply(_line, draft) {
      draft.v6only = true;
    },
  },
  {
    name: "v4v6",
    syntax: "v4v6",
    doc: "An IPv6 socket takes IPv4 connections as well.",
    apply(_line, draft) {
      draft.v6only = false;
    },
  },
  {
    name: "mode",
    syntax: "mode <octal mode>",
    doc: "Permissions of a unix socket.",
    apply(line, draft, option) {
      const word = value(line, option, "missing mode (octal integer expected)");
      if (!/^[0-7]{1,4}$/.test(word.text)) {
        throw line.error("bad-number", `'mode' : '${word.text}' is not an octal number`, word);
      }
      draft.mode = parseInt(word.text, 8);
    },
  },
  {
    name: "uid",
    syntax: "uid <uid>",
    doc: "Owner of a unix socket, by number.",
    apply(line, draft, option) {
      draft.uid = integer(line, option, 0);
    },
  },
  {
    name: "gid",
    syntax: "gid <gid>",
    doc: "Group of a unix socket, by number.",
    apply(line, draft, option) {
      draft.gid = integer(line, option, 0);
    },
  },
  {
    name: "user",
    syntax: "user <user>",
    doc: "Owner of a unix socket, by name.",
    apply(line, draft, option) {
      draft.uid = accountNumber(line, value(line, option, "missing user name"), "user");
    },
  },
  {
    name: "group",
    syntax: "group <group>",
    doc: "Group of a unix socket, by name.",
    apply(line, draft, option) {
      draft.gid = accountNumber(line, value(line, option, "missing group name"), "group");
    },
  },
  {
    name: "accept-proxy",
    syntax: "accept-proxy",
    doc: "Connections begin with a PROXY protocol header, of either version.",
    apply(_line, draft) {
      draft.acceptProxy = true;
    },
  },
  {
    name: "level",
    syntax: "level { user | operator | admin }",
    doc: "What runtime commands may do on this `stats socket`; operator by default.",
    apply(line, draft, option) {
      const word = value(line, option, "missing level");
      const message = "'level' only supports 'user', 'operator', and 'admin' " +
        `(got '${word.text}')`;
      draft.level = line.oneOf(word, controlLevels, message);
    },
  },
  {
    name: "expose-fd",
    syntax: "expose-fd listeners",
    doc: "Another process may take the listening sockets over this `stats socket`.",
    apply(line, draft, option) {
      const word = value(line, option, "missing fd type");
      const message = `'expose-fd' only supports 'listeners' (got '${word.text}')`;
      line.oneOf(word, ["listeners"], message);
      draft.exposesListeners = true;
    },
  },
  {
    name: "interface",
    syntax: "interface <interface>",
    doc: "Accepts from one network interface only (SO_BINDTODEVICE).",
    apply(line, draft, option) {
      draft.socket.interface = value(line, option, "missing interface name").text;
    },
  },
  {
    name: "namespace",
    syntax: "namespace <name>",
    doc: "The network namespace, as `ip netns` names it, in which the socket is made.",
    apply(line, draft, option) {
      draft.socket.namespace = value(line, option, "missing namespace id").text;
    },
  },
  {
    name: "transparent",
    syntax: "transparent",
    doc: "May have an address that is not of this machine (IP_TRANSPARENT).",
    apply(_line, draft) {
      draft.socket.transparent = true;
    },
  },
  {
    name: "tfo",
    syntax: "tfo",
    doc: "Takes data with the first packet of a connection (TCP_FASTOPEN).",
    apply(_line, draft) {
      draft.socket.fastOpen = true;
    },
  },
  {
    name: "defer-accept",
    syntax: "defer-accept",
    doc: "Accepts a connection when its first bytes are there (TCP_DEFER_ACCEPT).",
    apply(_line, draft) {
      draft.socket.deferAccept = true;
    },
  },
  {
    name: "mss",
    syntax: "mss <maxseg>",
    doc: "Maximum segment size, in bytes, that is announced to clients (TCP_MAXSEG).",
    apply(line, draft, option) {
      const word = value(line, option, "missing MSS value");
      draft.socket.mss = line.integer(word, 1, 65535, option.text);
    },
  },
  {
    name: "tcp-ut",
    syntax: "tcp-ut <delay>",
    doc: "How long sent data may stay unacknowledged (TCP_USER_TIMEOUT).",
    apply(line, draft, option) {
      const word = value(line, option, "missing TCP User Timeout value");
      draft.socket.userTimeoutMs = line.time(word, "ms", option.text);
    },
  },
  {
    name: "proto",
    syntax: "proto h1",
    doc: "The protocol of the connections; HTTP/1 is the only one yet.",
    apply(line, _draft, option) {
      const word = value(line, option);
      if (word.text === "h1") return;
      const message = unsupported(`'bind' option 'proto ${word.text}'`, "there is HTTP/1 only");
      throw line.error("unsupported", message, word);
    },
  },
];

const tuningWithValue = [
  { why: "one thread serves", names: ["nice", "process", "shards", "thread"] },
  {
    why: "the kernel chooses it",
    names: ["cc", "tcp-ss"],
  },
  { why: "answers of runtime commands bear no severity", names: ["severity-output"] },
  { why: "there is no statistics page", names: ["guid-prefix", "label"] },
  { why: "HTTP/1 has no ping", names: ["idle-ping"] },
  { why: "connections are not made in advance", names: ["nbconn"] },
];
const refusals = [
  {
    why: "there is no TLS",
    names: [
      "allow-0rtt",
      "alpn",
      "ca-file",
      "ca-ignore-err",
      "ca-sign-file",
      "ca-sign-pass",
      "ca-verify-file",
      "ciphers",
      "ciphersuites",
      "client-sigalgs",
      "crl-file",
      "crt",
      "crt-ignore-err",
      "crt-list",
      "curves",
      "default-crt",
      "ecdhe",
      "ech",
      "force-sslv3",
      "force-tlsv10",
      "force-tlsv11",
      "force-tlsv12",
      "force-tlsv13",
      "generate-certificates",
      "ktls",
      "no-alpn",
      "no-ca-names",
      "no-sslv3",
      "no-strict-sni",
      "no-tls-tickets",
      "no-tlsv10",
      "no-tlsv11",
      "no-tlsv12",
      "no-tlsv13",
      "npn",
      "prefer-client-ciphers",
      "sigalgs",
      "ssl",
      "ssl-max-ver",
      "ssl-min-ver",
      "strict-sni",
      "tls-ticket-keys",
      "tls-tickets",
      "verify",
    ],
  },
  { why: "there is no QUIC", names: ["quic-cc-algo", "quic-force-retry", "quic-socket"] },
  { why: "a client's address comes in a PROXY protocol header", names: ["accept-netscaler-cip"] },
  { why: "connections are not signed", names: ["tcp-md5sig"] },
];

/** Every option of a `bind` line. */
export const bindOptions: readonly OptionSpec<BindOptions>[] = [
  ...meaningful,
  ...acceptedOptions<BindOptions>(tuningWithValue, "value"),
  ...refusedOptions<BindOptions>(refusals),
];
