import { Address } from "../../lang/address.ts";
import { unsupported } from "../../lang/unsupported.ts";
import type { Line } from "../compile/line.ts";
import { indexOptions, readOptions } from "../compile/option_loop.ts";
import type { ProxyDraft } from "../compile/proxy_draft.ts";
import type { Word } from "../directive.ts";
import type { ServerPlan } from "../plan.ts";
import { isHostName, parsePort, splitSocketAddress } from "../socket_address.ts";
import { serverOptions } from "./server_options.ts";
import { backendSections, type KeywordSpec } from "./spec.ts";

const options = indexOptions(serverOptions);
const missing = "'server' expects <name> and <addr>[:<port>] as arguments";

function server(line: Line, draft: ProxyDraft): void {
  const name = line.take(missing);
  const forbidden = /[^A-Za-z0-9_.:-]/.exec(name.text)?.[0];
  if (forbidden !== undefined) {
    const message = `character '${forbidden}' is not permitted in server name '${name.text}'`;
    throw line.error("bad-name", message, name);
  }
  const first = draft.servers.find((known) => known.name === name.text);
  if (first) {
    const message = `${draft.kindText} '${draft.name}', another server named '${name.text}' was ` +
      `already defined at line ${first.at.line}, please use distinct names`;
    throw line.error("duplicate-name", message, name);
  }
  const address = line.take(missing);
  const set = { ...draft.defaultServer };
  const subject = `'server ${draft.name}/${name.text}'`;
  readOptions(line, options, set, (word) => `${subject} : unknown keyword '${word}'`);
  draft.servers.push({
    name: name.text,
    at: line.at,
    text: line.directive.source,
    address: parseAddress(line, address, subject),
    options: set,
  });
}

function parseAddress(line: Line, word: Word, subject: string): ServerPlan["address"] {
  const address = splitSocketAddress(word.text);
  if (address.kind === "unix") return { kind: "unix", path: address.path };
  if (address.kind !== "tcp") {
    const message = unsupported(`${subject} : address '${word.text}'`, "it is no stream socket");
    throw line.error("unsupported", message, word);
  }
  const { host, family } = address;
  const literal = Address.parse(host);
  if (host === "" || host === "0.0.0.0" || host === "::") {
    const message = unsupported(
      `${subject} : a server at the client's own destination`,
      "it is not there yet",
    );
    throw line.error("unsupported", message, word);
  }
  if (literal ? family && literal.family !== family : !isHostName(host)) {
    throw line.error("bad-address", `${subject} : invalid address: '${host}'`, word);
  }
  return { kind: "tcp", host, ...parseServerPort(line, word, address.port, subject) };
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
