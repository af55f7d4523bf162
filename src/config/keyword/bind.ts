import { Address } from "../../lang/address.ts";
import { unsupported } from "../../lang/unsupported.ts";
import { bindDefaults, type BindOptions } from "../compile/bind_draft.ts";
import type { Line } from "../compile/line.ts";
import { indexOptions, readOptions } from "../compile/option_loop.ts";
import type { ProxyDraft } from "../compile/proxy_draft.ts";
import type { Word } from "../directive.ts";
import type { BindAddress } from "../plan.ts";
import {
  isHostName,
  parsePortRange,
  type SocketAddress,
  splitSocketAddress,
} from "../socket_address.ts";
import { bindOptions } from "./bind_options.ts";
import type { KeywordSpec } from "./spec.ts";

const options = indexOptions(bindOptions);
const missing = "'bind' expects {<path>|[addr1]:port1[-end1]}{,[addr]:port[-end]}... as arguments";

function bind(line: Line, draft: ProxyDraft): void {
  draft.bindLines++;
  const word = line.take(missing);
  const set = bindDefaults();
  readOptions(
    line,
    options,
    set,
    (option) => `'bind ${word.text}' in section '${draft.kind}': unknown keyword '${option}'`,
  );
  const sockets = word.text.split(",").flatMap((text) =>
    addresses(line, word, text, set).map((address) => ({ text, address }))
  );
  if (set.id !== undefined) reserveId(line, draft, set.id, sockets.length);
  for (const { text, address } of sockets) addBind(line, draft, text, address, set);
}

function reserveId(line: Line, draft: ProxyDraft, id: number, sockets: number): void {
  if (sockets > 1) {
    throw line.error("bad-value", "'id' : can only be used with a single socket");
  }
  const owner = draft.bindIds.reserve(id, line.directive);
  if (!owner) return;
  const message = `'id' : custom id ${id} is already used at line ${owner.at.line}`;
  throw line.error("duplicate-id", message);
}

function addBind(
  line: Line,
  draft: ProxyDraft,
  text: string,
  address: BindAddress,
  set: BindOptions,
): void {
  draft.binds.push({
    address,
    socket: set.socket,
    text,
    name: set.name ?? "",
    id: set.id,
    maxconn: set.maxconn,
    backlog: set.backlog,
    acceptProxy: set.acceptProxy,
    at: line.at,
  });
}

function addresses(line: Line, word: Word, text: string, set: BindOptions): BindAddress[] {
  const address = splitSocketAddress(text);
  switch (address.kind) {
    case "unix":
      return [{ kind: "unix", path: address.path, mode: set.mode, uid: set.uid, gid: set.gid }];
    case "abstract":
    case "fd":
      return [address];
    case "unsupported": {
      const message = unsupported(`'bind' : address '${address.prefix}'`, "it is no stream socket");
      throw line.error("unsupported", message, word);
    }
    case "tcp":
      return tcpAddresses(line, word, text, address, set.v6only);
    default:
      return address satisfies never;
  }
}

function tcpAddresses(
  line: Line,
  word: Word,
  text: string,
  address: Extract<SocketAddress, { kind: "tcp" }>,
  v6only: boolean,
): BindAddress[] {
  if (address.port === undefined || address.port === "") {
    const message = `'bind' : missing port specification in '${text}'`;
    throw line.error("bad-address", message, word);
  }
  const host = hostOf(line, word, text, address);
  const [from, to] = parsePortRange(line, word, address.port, "'bind'");
  const list: BindAddress[] = [];
  for (let port = from; port <= to; port++) list.push({ kind: "tcp", host, port, v6only });
  return list;
}

function hostOf(
  line: Line,
  word: Word,
  text: string,
  { host, family }: Extract<SocketAddress, { kind: "tcp" }>,
): string {
  if (host === "") return family === 6 ? "::" : "0.0.0.0";
  const literal = Address.parse(host);
  if (literal ? !family || literal.family === family : isHostName(host)) return host;
  throw line.error("bad-address", `'bind' : invalid address: '${host}' in '${text}'`, word);
}

/** Where clients connect to. */
export const bindKeywords = [
  {
    name: "bind",
    sections: ["frontend", "listen"],
    syntax: "bind [<address>]:<port>[-<end>] [, ...] [<option>*] | bind /<path> [<option>*]",
    doc: "A socket that accepts connections.",
    apply: bind,
  },
] satisfies KeywordSpec<ProxyDraft>[];
