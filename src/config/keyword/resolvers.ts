import { Address } from "../../lang/address.ts";
import { unsupported } from "../../lang/unsupported.ts";
import type { NameServerSettings } from "../../dns/settings.ts";
import { systemNameServers, systemResolverFile } from "../compile/system_resolver.ts";
import type { Line } from "../compile/line.ts";
import type { ResolversDraft } from "../compile/resolvers_draft.ts";
import type { Word } from "../directive.ts";
import { isHostName, parsePort, splitSocketAddress } from "../socket_address.ts";
import type { KeywordSpec } from "./spec.ts";

const sections = ["resolvers"] as const;
/** A header is the least that can be said, and UDP carries no more. */
const payloadBytes = { least: 12, most: 65_535 } as const;

function addNameServer(line: Line, draft: ResolversDraft): void {
  const missing = "'nameserver' expects <name> and <addr>[:<port>] as arguments";
  const name = line.take(missing);
  const first = draft.declared.get(name.text);
  if (first) {
    const message = `nameserver '${name.text}' has same name as another nameserver (declared at ` +
      `${first.file}:${first.line})`;
    throw line.error("duplicate-name", message, name);
  }
  const server = parseNameServer(line, name.text, line.take(missing));
  if (server.over === "tcp") takeMaxconn(line);
  draft.declared.set(name.text, line.at);
  draft.settings.nameServers = [...draft.settings.nameServers, server];
}

function parseNameServer(line: Line, name: string, word: Word): NameServerSettings {
  const { text } = word;
  const subject = `'nameserver ${name}'`;
  const over = /^tcp[46]?@/.test(text) ? "tcp" as const : "udp" as const;
  const address = splitSocketAddress(text.replace(/^(udp|tcp|ipv)[46]?@/, ""));
  if (address.kind !== "tcp") {
    const message = unsupported(`${subject} : address '${text}'`, "a name server has UDP or TCP");
    throw line.error("unsupported", message, word);
  }
  if (!address.port) {
    const message = `${subject} : missing port specification in '${text}'`;
    throw line.error("bad-address", message, word);
  }
  if (/^[0-9]+-[0-9]+$/.test(address.port)) {
    const message = `${subject} : port range not permitted here in '${text}'`;
    throw line.error("bad-address", message, word);
  }
  const port = parsePort(address.port);
  if (port === undefined) {
    throw line.error("bad-address", `${subject} : invalid port '${address.port}'`, word);
  }
  const host = address.host === "" ? "0.0.0.0" : address.host;
  if (Address.parse(host) || isHostName(host)) return { name, over, host, port };
  throw line.error("bad-address", `${subject} : invalid address: '${host}' in '${text}'`, word);
}

/** One connection takes every query: no limit of connections is passed. */
function takeMaxconn(line: Line): void {
  if (line.skip("maxconn")) line.integer(line.take("'maxconn' expects an argument"), 0);
  const [word] = line.rest;
  if (!word) return;
  const why = "one plain connection takes every query";
  const message = unsupported(`'nameserver' option '${word.text}'`, why);
  throw line.error("unsupported", message, word);
}

function addSystemNameServers(line: Line, draft: ResolversDraft): void {
  const found = systemNameServers(line.site);
  if (!found) {
    throw line.error("unreadable-file", `failed to open ${systemResolverFile}`);
  }
  for (const server of found) {
    // As HAProxy, a server that the section has already is not added again.
    if (draft.declared.has(server.name)) continue;
    draft.declared.set(server.name, line.at);
    draft.settings.nameServers = [...draft.settings.nameServers, server];
  }
}

function takePayloadSize(line: Line, draft: ResolversDraft): void {
  const word = line.take("'accepted_payload_size' expects <nb> as argument");
  const size = /^[0-9]+$/.test(word.text) ? Number(word.text) : 0;
  if (size < payloadBytes.least || size > payloadBytes.most) {
    const message = `'accepted_payload_size' must be between ${payloadBytes.least} and ` +
      `${payloadBytes.most} inclusive (was ${word.text})`;
    throw line.error("bad-number", message, word);
  }
  draft.settings.payloadBytesMax = size;
}

function hold(line: Line, draft: ResolversDraft): void {
  const missing = "'hold' expects an <event> and a <time> as arguments. <event> can be either " +
    "'valid', 'nx', 'refused', 'timeout', or 'other'";
  const event = line.take(missing);
  const message = `'hold' unknown <event>: '${event.text}', expects either 'nx', 'timeout', ` +
    "'valid', 'obsolete' or 'other'";
  const known = ["nx", "refused", "timeout", "other", "valid", "obsolete"] as const;
  const name = line.oneOf(event, known, message);
  const ms = line.time(line.take(missing));
  const { settings } = draft;
  switch (name) {
    case "valid":
      settings.holdValidMs = ms;
      return;
    case "obsolete":
      settings.holdObsoleteMs = ms;
      return;
    default:
      settings.holdMs = { ...settings.holdMs, [name]: ms };
  }
}

function timeout(line: Line, draft: ResolversDraft): void {
  const missing = "'timeout' expects 'retry' or 'resolve' and <time> as arguments";
  const event = line.take(missing);
  const known = ["resolve", "retry"] as const;
  const name = line.oneOf(event, known, `${missing} got '${event.text}'`);
  const word = line.take(`'timeout ${name}' expects <time> as argument`);
  const ms = line.time(word, "ms", `timeout ${name}`);
  // HAProxy takes it, and asks again without a pause.
  if (ms === 0) throw line.error("bad-time", `'timeout ${name}' : '${word.text}' is no time`, word);
  if (name === "resolve") draft.settings.resolveMs = ms;
  else draft.settings.retryMs = ms;
}

/** Lines of a `resolvers` section. */
export const resolversKeywords = [
  {
    name: "nameserver",
    sections,
    syntax: "nameserver <name> [udp@|tcp@]<address>:<port>",
    doc: "A name server; all are asked at once, and the first good answer counts.",
    apply: addNameServer,
  },
  {
    name: "parse-resolv-conf",
    sections,
    syntax: "parse-resolv-conf",
    doc: `The name servers of \`${systemResolverFile}\`, named by their addresses.`,
    apply: addSystemNameServers,
  },
  {
    name: "accepted_payload_size",
    sections,
    syntax: "accepted_payload_size <bytes>",
    doc: "Largest answer that is taken, and announced to the name servers; 512.",
    apply: takePayloadSize,
  },
  {
    name: "resolve_retries",
    sections,
    syntax: "resolve_retries <number>",
    doc: "How often a name is asked for before it is given up; 3.",
    apply(line, draft) {
      const word = line.take("'resolve_retries' expects <nb> as argument");
      draft.settings.retries = line.integer(word, 1);
    },
  },
  {
    name: "hold",
    sections,
    syntax: "hold { nx | refused | timeout | other | valid | obsolete } <time>",
    doc: "How old the last good answer may be for a server to stay after a bad one, 30s; for " +
      "`valid`, how long rules share one, 10s; for `obsolete`, how long an address that is in no " +
      "answer any more is kept, 0.",
    apply: hold,
  },
  {
    name: "timeout",
    sections,
    syntax: "timeout { resolve | retry } <time>",
    doc: "From one time that a server's name is resolved to the next, or how long an answer is " +
      "waited for; 1s each.",
    apply: timeout,
  },
] satisfies KeywordSpec<ResolversDraft>[];
