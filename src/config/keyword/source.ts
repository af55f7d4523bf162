import { Address } from "../../lang/address.ts";
import { unsupported } from "../../lang/unsupported.ts";
import type { Line } from "../compile/line.ts";
import type { ProxyDraft } from "../compile/proxy_draft.ts";
import type { SourceOption } from "../compile/server_draft.ts";
import type { Word } from "../directive.ts";
import type { ShownSource, SourceAddress } from "../server_plan.ts";
import { parsePortRange, splitSocketAddress } from "../socket_address.ts";
import { backendSections, type KeywordSpec } from "./spec.ts";

/**
 * Reads what stands behind `source`: an address, then `usesrc` and `interface` in any order.
 *
 * @param word the address
 * @param ranges whether a range of ports may stand behind it
 */
export function takeSource(line: Line, word: Word, ranges: "ranges" | "single port"): SourceOption {
  const { address, ports } = parseSource(line, word, `source ${word.text}`);
  if (ranges === "single port" && ports[0] !== ports[1]) {
    const message = `'source ${word.text}' : port range not permitted here in '${word.text}'`;
    throw line.error("bad-address", message, word);
  }
  let shown: ShownSource | undefined;
  let device: string | undefined;
  for (;;) {
    if (line.skip("usesrc")) shown = takeShown(line);
    else if (line.skip("interface")) {
      device = line.take("'source' : missing interface name").text;
    } else break;
  }
  const source: SourceAddress = { address, ports, transparent: false };
  return { source, interface: device, shown };
}

function takeShown(line: Line): ShownSource {
  const word = line.take(
    "'usesrc' expects <addr>[:<port>], 'client', 'clientip', or 'hdr_ip(name,#)' as argument",
  );
  switch (word.text) {
    case "client":
      return { kind: "client", port: "same" };
    case "clientip":
      return { kind: "client", port: "any" };
  }
  if (word.text.startsWith("hdr_ip(")) {
    const why = "take the address with 'http-request set-src' and say 'usesrc clientip'";
    throw line.error("unsupported", unsupported("'usesrc hdr_ip'", why), word);
  }
  const { address, ports } = parseSource(line, word, `usesrc ${word.text}`);
  if (address) return { kind: "address", address, port: ports[0] };
  const message = `'usesrc ${word.text}' : an address is needed in '${word.text}'`;
  throw line.error("bad-address", message, word);
}

function parseSource(
  line: Line,
  word: Word,
  subject: string,
): Pick<SourceAddress, "address" | "ports"> {
  const { text } = word;
  const split = splitSocketAddress(text);
  const host = split.kind === "tcp" ? split.host : undefined;
  const address = host === undefined || host === "" ? undefined : Address.parse(host);
  if (host === undefined || (host !== "" && !address)) {
    const message = `'${subject}' : invalid address: '${host ?? text}' in '${text}'`;
    throw line.error("bad-address", message, word);
  }
  const { port } = split as { port: string | undefined };
  const anywhere = address && (address.a | address.b | address.c | address.d) === 0;
  return {
    address: anywhere ? undefined : address,
    ports: port === undefined || port === "" || port === "0"
      ? [0, 0]
      : parsePortRange(line, word, port, `'${subject}'`),
  };
}

/** Where connections to servers come from. */
export const sourceKeywords = [
  {
    name: "source",
    sections: backendSections,
    syntax: "source <addr>[:<port>] [usesrc { <addr2>[:<port2>] | client | clientip }] " +
      "[interface <name>]",
    doc: "Where connections to servers come from, for servers without a source of their own.",
    apply(line, draft) {
      const missing = "'source' expects <addr>[:<port>], and optionally 'usesrc' <addr>, and " +
        "'interface' <name>";
      draft.source = takeSource(line, line.take(missing), "single port");
      if (line.rest.length === 0) return;
      const message = "'source' only supports optional keywords 'interface' and 'usesrc'";
      throw line.error("bad-value", message, line.rest[0]);
    },
  },
] satisfies KeywordSpec<ProxyDraft>[];
