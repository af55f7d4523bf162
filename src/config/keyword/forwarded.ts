import type { Line } from "../compile/line.ts";
import type { ProxyDraft } from "../compile/proxy_draft.ts";
import { type Network, parseNetwork } from "../network.ts";
import type { ForwardFor } from "../plan.ts";
import { type KeywordSpec, proxySections } from "./spec.ts";

function takeNetwork(line: Line): Network {
  const message = `'${line.keyword} except' expects <address>[/mask] as argument`;
  const word = line.take(message);
  const network = parseNetwork(word.text);
  if (!network) throw line.error("bad-address", message, word);
  return network;
}

function parse(line: Line, header: string, ifNoneAllowed: boolean): ForwardFor {
  let except: Network | undefined;
  let name = header;
  let ifNone = false;
  for (let word = line.rest[0]; word; word = line.rest[0]) {
    line.take("");
    if (word.text === "except") except = takeNetwork(line);
    else if (word.text === "header") {
      name = line.take(`'${line.keyword} header' expects <header_name> as argument`).text;
    } else if (word.text === "if-none" && ifNoneAllowed) ifNone = true;
    else {
      const known = ifNoneAllowed ? "'except', 'header' and 'if-none'" : "'except' and 'header'";
      const message = `'${line.keyword}' only supports optional values: ${known}`;
      throw line.error("bad-value", message, word);
    }
  }
  return { header: name, except, ifNone };
}

/** Headers that tell the server about the client's connection. */
export const forwardedKeywords = [
  {
    name: "option forwardfor",
    sections: proxySections,
    syntax: "option forwardfor [except <network>] [header <name>] [if-none]",
    doc: "Adds the client's address to requests, as X-Forwarded-For by default.",
    http: true,
    apply(line, draft) {
      draft.forwardFor = parse(line, "X-Forwarded-For", true);
    },
  },
  {
    name: "option originalto",
    sections: proxySections,
    syntax: "option originalto [except <network>] [header <name>]",
    doc: "Adds the address that the client connected to, as X-Original-To by default.",
    http: true,
    apply(line, draft) {
      draft.originalTo = parse(line, "X-Original-To", false);
    },
  },
] satisfies KeywordSpec<ProxyDraft>[];
