import { Address } from "../../lang/address.ts";
import { unsupported } from "../../lang/unsupported.ts";
import type { Line } from "../compile/line.ts";
import type { ServerOptions } from "../compile/server_draft.ts";
import type { Word } from "../directive.ts";
import { parsePort } from "../socket_address.ts";
import { acceptedOptions } from "./accepted.ts";
import { refusedOptions } from "./refused.ts";
import { takeSource } from "./source.ts";
import { proxyProtocolOptions } from "./server_proxy_options.ts";
import { resolveOptions } from "./server_resolve_options.ts";
import type { OptionSpec } from "./spec.ts";

type Spec = OptionSpec<ServerOptions>;
type NumberName = {
  [K in keyof ServerOptions]-?: NonNullable<ServerOptions[K]> extends number ? K : never;
}[keyof ServerOptions];
type FlagName = {
  [K in keyof ServerOptions]-?: ServerOptions[K] extends boolean ? K : never;
}[keyof ServerOptions];

function value(line: Line, option: Word): Word {
  return line.take(`'${option.text}' expects an argument`);
}

function count(name: string, field: NumberName, min: number, doc: string, max?: number): Spec {
  return {
    name,
    syntax: `${name} <number>`,
    doc,
    apply(line, draft, option) {
      const word = value(line, option);
      if (!/^-?[0-9]+$/.test(word.text)) {
        throw line.error("bad-number", `'${name}' expects an integer argument`, word);
      }
      const number = Number(word.text);
      if (number < min || (max !== undefined && number > max)) {
        throw line.error("bad-number", bounds(name, number, min, max), word);
      }
      draft[field] = number;
    },
  };
}

function bounds(name: string, number: number, min: number, max: number | undefined): string {
  if (max !== undefined) return `'${name}' is not within ${min} and ${max} (${number})`;
  return min === 1 ? `'${name}' has to be > 0` : `'${name}' must be >= ${min}`;
}

function time(name: string, field: NumberName, min: 0 | 1, doc: string): Spec {
  return {
    name,
    syntax: `${name} <time>`,
    doc,
    apply(line, draft, option) {
      const word = value(line, option);
      const ms = line.time(word, "ms", name);
      if (ms < min) {
        throw line.error("bad-time", `invalid value ${ms} for argument '${name}'`, word);
      }
      draft[field] = ms;
    },
  };
}

function flag(name: string, field: FlagName, to: boolean, doc: string): Spec {
  return {
    name,
    syntax: name,
    doc,
    apply(_line, draft) {
      draft[field] = to;
    },
  };
}

const numbers: readonly Spec[] = [
  count("id", "id", 1, "Numeric identity, positive and unique in the backend."),
  count("weight", "weight", 0, "Share of the load, 0 to 256; 0 takes no new clients.", 256),
  count("maxconn", "maxconn", 0, "Connections at once; more wait in the queue. 0 for no limit."),
  count("minconn", "minconn", 0, "Lowest limit when `maxconn` follows the backend's load."),
  count("maxqueue", "maxqueue", 0, "Requests that may wait for this server. 0 for no limit."),
  count("rise", "rise", 1, "Good checks in a row that bring the server up; 2."),
  count("fall", "fall", 1, "Bad checks in a row that take the server down; 3."),
  count("error-limit", "errorLimit", 1, "Errors in a row that `observe` acts on; 10."),
  count("pool-max-conn", "poolMaxConn", -1, "Idle connections kept; -1 for no limit."),
  count("max-reuse", "maxReuse", -1, "How often one connection is used again; -1 for no limit."),
  time("inter", "interMs", 1, "Time between two checks; 2s."),
  time("fastinter", "fastinterMs", 1, "The same while the state changes; as `inter`."),
  time("downinter", "downinterMs", 1, "The same while the server is down; as `inter`."),
  time("slowstart", "slowstartMs", 0, "Time in which a server that came up takes its full load."),
  time("pool-purge-delay", "poolPurgeDelayMs", 0, "After how long idle connections go; 5s."),
];

const flags: readonly Spec[] = [
  flag("backup", "backup", true, "Used only when no other server can be."),
  flag("no-backup", "backup", false, "Undoes `backup`."),
  flag("check", "check", true, "Checks the server's health."),
  flag("no-check", "check", false, "Undoes `check`."),
  flag("disabled", "disabled", true, "Starts in maintenance."),
  flag("enabled", "disabled", false, "Undoes `disabled`."),
];

const choices: readonly Spec[] = [
  {
    name: "addr",
    syntax: "addr <ipv4|ipv6>",
    doc: "Another address for health checks.",
    apply(line, draft, option) {
      draft.checkHost = value(line, option).text.replace(/^\[(.*)\]$/, "$1");
    },
  },
  {
    name: "port",
    syntax: "port <port>",
    doc: "Another port for health checks.",
    apply(line, draft, option) {
      const word = value(line, option);
      const port = parsePort(word.text);
      if (port === undefined) {
        throw line.error("bad-address", `invalid port '${word.text}'`, word);
      }
      draft.checkPort = port;
    },
  },
  {
    name: "redir",
    syntax: "redir <prefix>",
    doc: "Redirects GET and HEAD requests to this prefix instead of forwarding them.",
    apply(line, draft) {
      draft.redirectPrefix = line.take("'redir' expects <prefix> as argument").text;
    },
  },
  {
    name: "observe",
    syntax: "observe { none | layer4 | layer7 }",
    doc: "Learns about the server's health from its traffic.",
    apply(line, draft, option) {
      const word = value(line, option);
      const message = "'observe' expects one of 'none', 'layer4', 'layer7' but got " +
        `'${word.text}'`;
      draft.observe = line.oneOf(word, ["none", "layer4", "layer7"] as const, message);
    },
  },
  {
    name: "on-error",
    syntax: "on-error { fastinter | fail-check | sudden-death | mark-down }",
    doc: "What happens when `observe` has seen `error-limit` errors.",
    apply(line, draft, option) {
      const word = value(line, option);
      const known = ["fastinter", "fail-check", "sudden-death", "mark-down"] as const;
      const message = "'on-error' expects one of 'fastinter', 'fail-check', 'sudden-death' or " +
        `'mark-down' but got '${word.text}'`;
      draft.onError = line.oneOf(word, known, message);
    },
  },
  {
    name: "on-marked-down",
    syntax: "on-marked-down shutdown-sessions",
    doc: "Closes the server's connections when it goes down.",
    apply(line, draft, option) {
      const word = value(line, option);
      const message = `'on-marked-down' expects 'shutdown-sessions' but got '${word.text}'`;
      line.oneOf(word, ["shutdown-sessions"], message);
      draft.closeSessionsWhenDown = true;
    },
  },
  {
    name: "cookie",
    syntax: "cookie <value>",
    doc: "The server's name in the backend's cookie.",
    apply(line, draft, option) {
      draft.cookie = value(line, option).text;
    },
  },
  {
    name: "source",
    syntax: "source <addr>[:<port>[-<port>]] [usesrc { <addr2>[:<port2>] | client | clientip }] " +
      "[interface <name>]",
    doc: "Where connections to the server come from.",
    apply(line, draft) {
      const missing = "'source' expects <addr>[:<port>[-<port>]], and optionally 'usesrc' " +
        "<addr>, and 'interface' <name> as argument";
      draft.source = takeSource(line, line.take(missing), "ranges");
    },
  },
  {
    name: "tcp-ut",
    syntax: "tcp-ut <delay>",
    doc: "How long sent data may stay unacknowledged (TCP_USER_TIMEOUT).",
    apply(line, draft, option) {
      const word = line.take("'tcp-ut' : missing TCP User Timeout value");
      draft.userTimeoutMs = line.time(word, "ms", option.text);
    },
  },
  {
    name: "namespace",
    syntax: "namespace <name>",
    doc: "The network namespace, as `ip netns` names it, in which connections are made.",
    apply(line, draft) {
      const word = line.take("'namespace' : missing namespace id");
      if (word.text === "*") {
        const why = "a PROXY protocol header names no namespace";
        throw line.error("unsupported", unsupported("'namespace *'", why), word);
      }
      draft.namespace = word.text;
    },
  },
  {
    name: "init-addr",
    syntax: "init-addr { last | libc | none | <ip> }[,...]",
    doc: "Ways to an address for a name, tried in order at start; `last,libc`.",
    apply(line, draft, option) {
      const word = value(line, option);
      draft.initialAddress = word.text.split(",").filter((way) => way !== "").map((way) => {
        const known = (["last", "libc", "none"] as const).find((name) => name === way) ??
          Address.parse(way);
        if (known) return known;
        const message = `'init-addr' : unknown init-addr method '${way}', supported methods are ` +
          "'libc', 'last', 'none'";
        throw line.error("bad-value", message, word);
      });
    },
  },
  {
    name: "proto",
    syntax: "proto h1",
    doc: "The protocol of the connections; HTTP/1 is the only one yet.",
    apply(line, _draft, option) {
      const word = value(line, option);
      if (word.text === "h1") return;
      const message = unsupported(`'server' option 'proto ${word.text}'`, "there is HTTP/1 only");
      throw line.error("unsupported", message, word);
    },
  },
];

const tuningWithValue = [
  { why: "the kernel chooses it", names: ["cc"] },
  { why: "there is no statistics page", names: ["guid"] },
  { why: "HTTP/1 has no ping", names: ["idle-ping"] },
  { why: "a server of logs is not there", names: ["log-bufsize"] },
  {
    why: "an idle connection has no name",
    names: ["check-pool-conn-name", "pool-conn-name"],
  },
  { why: "one thread serves", names: ["pool-low-conn"] },
  { why: "there are no peers", names: ["shard"] },
  { why: "there is HTTP/1 only", names: ["ws"] },
];
const tuningAlone = [
  {
    why: "a check has a connection of its own",
    names: ["check-reuse-pool", "no-check-reuse-pool"],
  },
  { why: "there is no agent", names: ["no-agent-check"] },
  {
    why: "there is no TLS",
    names: [
      "no-check-sni-auto",
      "no-check-ssl",
      "no-renegotiate",
      "no-sni-auto",
      "no-ssl",
      "no-ssl-reuse",
      "no-sslv3",
      "no-tls-tickets",
      "no-tlsv10",
      "no-tlsv11",
      "no-tlsv12",
      "no-tlsv13",
      "no-verifyhost",
    ],
  },
  { why: "data is sent when the connection is there", names: ["no-tfo", "tfo"] },
  { why: "there are no stick tables", names: ["non-stick", "stick"] },
];

const refusals = [
  {
    why: "there is no TLS",
    names: [
      "allow-0rtt",
      "alpn",
      "ca-file",
      "check-alpn",
      "check-sni",
      "check-sni-auto",
      "check-ssl",
      "ciphers",
      "ciphersuites",
      "client-sigalgs",
      "crl-file",
      "crt",
      "curves",
      "force-sslv3",
      "force-tlsv10",
      "force-tlsv11",
      "force-tlsv12",
      "force-tlsv13",
      "ktls",
      "npn",
      "renegotiate",
      "sigalgs",
      "sni",
      "sni-auto",
      "ssl",
      "ssl-max-ver",
      "ssl-min-ver",
      "ssl-reuse",
      "tls-tickets",
      "verify",
      "verifyhost",
    ],
  },
  { why: "there is no QUIC", names: ["quic-cc-algo"] },
  { why: "connections are not signed", names: ["tcp-md5sig"] },
  { why: "it stands behind 'source' and its address", names: ["usesrc"] },
  {
    why: "there is no agent",
    names: ["agent-addr", "agent-check", "agent-inter", "agent-port", "agent-send"],
  },
  { why: "a check speaks HTTP/1 or connects", names: ["check-proto", "healthcheck"] },
  { why: "there is no SOCKS", names: ["check-via-socks4", "socks4"] },
  { why: "it is no server of logs", names: ["log-proto"] },
  { why: "options come from 'default-server'", names: ["from"] },
  { why: "servers are told apart by their numbers", names: ["hash-key"] },
  { why: "a server is up until its checks say otherwise", names: ["init-state"] },
  { why: "a backup keeps its sessions when a server comes back", names: ["on-marked-up"] },
  { why: "idle connections do not count towards 'maxconn'", names: ["strict-maxconn"] },
  { why: "each server has checks of its own", names: ["track"] },
];

/** Every option of `server` and `default-server` lines. */
export const serverOptions: readonly Spec[] = [
  ...numbers,
  ...flags,
  ...choices,
  ...resolveOptions,
  ...proxyProtocolOptions,
  ...acceptedOptions<ServerOptions>(tuningWithValue, "value"),
  ...acceptedOptions<ServerOptions>(tuningAlone, "alone"),
  ...refusedOptions<ServerOptions>(refusals),
];
