import { bindAddresses } from "../compile/bind_address.ts";
import { bindDefaults, type BindOptions } from "../compile/bind_draft.ts";
import type { Line } from "../compile/line.ts";
import { indexOptions, readOptions } from "../compile/option_loop.ts";
import type { ProxyDraft } from "../compile/proxy_draft.ts";
import type { BindAddress } from "../bind_plan.ts";
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
    bindAddresses(line, word, text, set).map((address) => ({ text, address }))
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
