import { unsupported } from "../../lang/unsupported.ts";
import type { Line } from "../compile/line.ts";
import type { ProxyHeaderOptions, ServerOptions } from "../compile/server_draft.ts";
import type { Word } from "../directive.ts";
import type { ProxyV2Option } from "../server_plan.ts";
import { refusedOptions } from "./refused.ts";
import type { OptionSpec } from "./spec.ts";

type Spec = OptionSpec<ServerOptions>;

function header(name: string, set: Partial<ProxyHeaderOptions>, doc: string): Spec {
  return {
    name,
    syntax: name,
    doc,
    apply(_line, draft) {
      draft.proxyHeader = { ...draft.proxyHeader, ...set };
    },
  };
}

function ofChecks(name: string, to: boolean, doc: string): Spec {
  return {
    name,
    syntax: name,
    doc,
    apply(_line, draft) {
      draft.checkSendProxy = to;
    },
  };
}

const known: readonly ProxyV2Option[] = ["authority", "crc32c", "unique-id"];
const ofTls = ["ssl", "cert-cn", "ssl-cipher", "cert-sig", "cert-key"];

function takeV2Options(line: Line, option: Word): ProxyV2Option[] {
  const word = line.rest.length > 0 ? line.take("") : option;
  const names = word === option ? [""] : word.text.split(",");
  return names.map((name) => {
    if (ofTls.includes(name)) {
      const subject = `'proxy-v2-options' : '${name}'`;
      throw line.error("unsupported", unsupported(subject, "there is no TLS"), word);
    }
    return line.oneOf(
      { ...word, text: name },
      known,
      `'${name}' : proxy v2 option not implemented`,
    );
  });
}

const typeMax = 0xff;

/** The number in `set-proxy-v2-tlv-fmt(0xE1)`, as `strtoul` reads it; 0 without one. */
function tlvTypeOf(line: Line, option: Word): number {
  const open = option.text.indexOf("(");
  if (open < 0) return 0;
  const number = /^\s*(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)\)$/.exec(option.text.slice(open + 1));
  if (!number) {
    throw line.error("bad-number", `'${option.text}' : could not convert TLV ID`, option);
  }
  const text = number[1]!;
  const type = /^0[0-7]/.test(text) ? parseInt(text, 8) : Number(text);
  if (type <= typeMax) return type;
  const message = `'${option.text}' : the maximum allowed TLV ID is ${typeMax}`;
  throw line.error("bad-number", message, option);
}

/** What connections to a server begin with. */
export const proxyProtocolOptions: readonly Spec[] = [
  header("send-proxy", { v1: true }, "Connections begin with a PROXY protocol line, version 1."),
  header("no-send-proxy", { v1: false }, "Undoes `send-proxy`."),
  header("send-proxy-v2", { v2: true }, "Connections begin with a PROXY protocol v2 header."),
  header("no-send-proxy-v2", { v2: false }, "Undoes `send-proxy-v2`."),
  header("no-send-proxy-v2-ssl", { v2: false }, "Undoes `send-proxy-v2`."),
  header("no-send-proxy-v2-ssl-cn", { v2: false }, "Undoes `send-proxy-v2`."),
  ofChecks("check-send-proxy", true, "Health checks begin with it as well, also elsewhere."),
  ofChecks("no-check-send-proxy", false, "Undoes `check-send-proxy`."),
  {
    name: "proxy-v2-options",
    syntax: "proxy-v2-options { authority | crc32c | unique-id }[,...]",
    doc: "What a version 2 header says beside the addresses.",
    apply(line, draft, option) {
      const { proxyHeader } = draft;
      const v2Options = [...proxyHeader.v2Options, ...takeV2Options(line, option)];
      draft.proxyHeader = { ...proxyHeader, v2Options };
    },
  },
  {
    name: "set-proxy-v2-tlv-fmt",
    syntax: "set-proxy-v2-tlv-fmt(<id>) <fmt>",
    doc: "A value of its own in a version 2 header.",
    apply(line, draft, option) {
      const type = tlvTypeOf(line, option);
      const format = line.take(`'${option.text}' expects a log format`);
      const { proxyHeader } = draft;
      draft.proxyHeader = { ...proxyHeader, tlvs: [...proxyHeader.tlvs, { type, format }] };
    },
  },
  ...refusedOptions<ServerOptions>([
    { why: "there is no TLS", names: ["send-proxy-v2-ssl", "send-proxy-v2-ssl-cn"] },
  ]),
];
