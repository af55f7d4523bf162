import { Address } from "../../lang/address.ts";
import { unsupported } from "../../lang/unsupported.ts";
import type { Line } from "../compile/line.ts";
import { indexOptions, readOptions } from "../compile/option_loop.ts";
import type { ProxyDraft } from "../compile/proxy_draft.ts";
import { serverNames } from "../compile/server_names.ts";
import type { Word } from "../directive.ts";
import type { ServerPlan } from "../server_plan.ts";
import {
  isHostName,
  parsePort,
  type SocketAddress,
  splitSocketAddress,
} from "../socket_address.ts";
import { serverOptions } from "./server_options.ts";
import { backendSections, type KeywordSpec } from "./spec.ts";

const options = indexOptions(serverOptions);
const missing = "'server' expects <name> and <addr>[:<port>] as arguments";

function server(line: Line, draft: ProxyDraft): void {
  const name = line.take(missing);
  checkName(line, draft, name, name.text);
  const address = line.take(missing);
  addServers(line, draft, address, [name.text], `'server ${draft.name}/${name.text}'`);
}

/** `s 3` or `s 5-7`: servers of one address, named by a prefix and a number. */
function serverTemplate(line: Line, draft: ProxyDraft): void {
  const missing = "'server-template' expects <prefix> <nb | range> <addr>[:<port>] as arguments";
  const prefix = line.take(missing);
  const range = line.take(missing);
  const names = serverNames(line.words);
  if (names.length === 0) {
    const message = `Wrong server-template number or range arg '${range.text}'`;
    throw line.error("bad-value", message, range);
  }
  for (const name of names) checkName(line, draft, prefix, name);
  const address = line.take(missing);
  addServers(line, draft, address, names, `'server-template ${draft.name}/${prefix.text}'`);
}

function checkName(line: Line, draft: ProxyDraft, word: Word, name: string): void {
  const forbidden = /[^A-Za-z0-9_.:-]/.exec(name)?.[0];
  if (forbidden !== undefined) {
    const message = `character '${forbidden}' is not permitted in server name '${name}'`;
    throw line.error("bad-name", message, word);
  }
  const first = draft.servers.get(name);
  if (!first) return;
  const message = `${draft.kindText} '${draft.name}', another server named '${name}' was ` +
    `already defined at line ${first.at.line}, please use distinct names`;
  throw line.error("duplicate-name", message, word);
}

function addServers(
  line: Line,
  draft: ProxyDraft,
  word: Word,
  names: readonly string[],
  subject: string,
): void {
  const set = { ...draft.defaultServer };
  readOptions(line, options, set, (option) => `${subject} : unknown keyword '${option}'`);
  const common = {
    at: line.at,
    text: line.directive.source,
    address: parseAddress(line, word, subject),
  };
  names.forEach((name, i) => {
    // Only the first of several can have the identity that is given.
    const own = i === 0 ? set : { ...set, id: undefined };
    draft.servers.set(name, { ...common, name, options: own });
  });
}

function parseAddress(line: Line, word: Word, subject: string): ServerPlan["address"] {
  const address = splitSocketAddress(word.text);
  switch (address.kind) {
    case "unix":
    case "abstract":
      return address;
    case "fd": {
      const message = `${subject} : a file descriptor is not acceptable here in '${word.text}'`;
      throw line.error("bad-address", message, word);
    }
    case "unsupported": {
      const message = unsupported(`${subject} : address '${word.text}'`, "it is no stream socket");
      throw line.error("unsupported", message, word);
    }
    case "tcp":
      return {
        kind: "tcp",
        ...parseHost(line, word, address, subject),
        ...parseServerPort(line, word, address.port, subject),
      };
    default:
      return address satisfies never;
  }
}

function parseHost(
  line: Line,
  word: Word,
  { host, family }: Extract<SocketAddress, { kind: "tcp" }>,
  subject: string,
): { host: string; family?: 4 | 6 } {
  if (host === "") return { host: family === 6 ? "::" : "0.0.0.0" };
  const literal = Address.parse(host);
  if (literal ? !family || literal.family === family : isHostName(host)) return { host, family };
  throw line.error("bad-address", `${subject} : invalid address: '${host}'`, word);
}

/** Without a port, or with `+N`, it is the client's destination port, N added. */
function parseServerPort(
  line: Line,
  word: Word,
  text: string | undefined,
  subject: string,
): { port: number; portOffset: boolean } {
  if (text === undefined || text === "") return { port: 0, portOffset: true };
  const relative = /^[+-]/.test(text);
  // The manual's way to say that rules decide where it goes.
  if (/^0+$/.test(text)) return { port: 0, portOffset: false };
  const port = parsePort(relative ? text.slice(1) : text);
  if (port === undefined) {
    throw line.error("bad-address", `${subject} : invalid port '${text}'`, word);
  }
  return { port: text.startsWith("-") ? -port : port, portOffset: relative };
}

/** The servers of a backend. */
export const serverKeywords = [
  {
    name: "server",
    sections: ["backend", "listen"],
    syntax: "server <name> <address>[:[port]] [<option>*]",
    doc: "A server of the backend.",
    misplaced: ({ kind, name }) =>
      `'server' not allowed because ${kind} '${name}' has no backend capability`,
    apply: server,
  },
  {
    name: "server-template",
    sections: ["backend", "listen"],
    syntax: "server-template <prefix> { <number> | <first>-<last> } <address>[:<port>] [<option>*]",
    doc: "Servers that differ in the number behind their name only.",
    apply: serverTemplate,
  },
  {
    name: "default-server",
    sections: backendSections,
    syntax: "default-server [<option>*]",
    doc: "Options that the following `server` lines start from.",
    apply(line, draft) {
      draft.defaultServer = { ...draft.defaultServer };
      const unknown = (word: string) =>
        `unknown keyword '${word}'. Hint: no address was expected for this server`;
      readOptions(line, options, draft.defaultServer, unknown);
    },
  },
] satisfies KeywordSpec<ProxyDraft>[];
