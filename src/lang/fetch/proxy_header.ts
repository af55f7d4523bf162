import type { Context } from "../context.ts";
import { type ArgSpec, type FetchSpec, LangError } from "../spec.ts";
import { connection, sessionBegun } from "./phase_mask.ts";
import { noArgs, plain, textOf } from "./row.ts";

/** Types of values by the names that `fc_pp_tlv` knows, in any case. */
const types: ReadonlyMap<string, number> = new Map([
  ["alpn", 0x01],
  ["authority", 0x02],
  ["crc32c", 0x03],
  ["noop", 0x04],
  ["unique_id", 0x05],
  ["ssl", 0x20],
  ["ssl_version", 0x21],
  ["ssl_cn", 0x22],
  ["ssl_cipher", 0x23],
  ["ssl_sig_alg", 0x24],
  ["ssl_key_alg", 0x25],
  ["netns", 0x30],
]);
const typeMax = 255;

function typeOf(text: string): number {
  const named = types.get(text.toLowerCase());
  if (named !== undefined) return named;
  // As `strtoul` reads it: a leading 0 makes it octal.
  const octal = /^0[0-7]+$/.test(text);
  if (!octal && !/^(0[xX][0-9a-fA-F]+|0|[1-9][0-9]*)$/.test(text)) {
    throw fault(`Could not convert type '${text}'`, text);
  }
  const type = octal ? parseInt(text, 8) : Number(text);
  if (type > typeMax) throw fault(`Invalid TLV Type '${text}'`, text);
  return type;
}

function fault(reason: string, word: string): LangError {
  return new LangError(`invalid args in fetch method 'fc_pp_tlv' : ${reason}`, word);
}

/** The first value of this type. */
function first(cx: Context, type: number): string | undefined {
  return cx.client.proxyTlvs?.find((tlv) => tlv.type === type)?.value;
}

const idArgument: readonly ArgSpec[] = [{ name: "id", type: "string" }];
const row = { args: noArgs, phases: connection, pure: true } as const;

/** What a PROXY protocol header said, and why a handshake failed. */
export const proxyHeaderFetches = [
  {
    ...row,
    name: "fc_rcvd_proxy",
    type: "bool",
    doc: "whether the client's connection began with a PROXY protocol header",
    make: plain((cx) => cx.client.proxied),
  },
  {
    ...row,
    name: "fc_pp_authority",
    type: "str",
    doc: "authority in the PROXY protocol header",
    make: plain((cx) => first(cx, 0x02)),
  },
  {
    ...row,
    name: "fc_pp_unique_id",
    type: "str",
    doc: "unique id in the PROXY protocol header",
    make: plain((cx) => first(cx, 0x05)),
  },
  {
    ...row,
    name: "fc_pp_tlv",
    args: idArgument,
    phases: sessionBegun,
    type: "str",
    doc: "value of the PROXY protocol header, by its number or name",
    make([id]) {
      const type = typeOf(textOf(id)!);
      return {
        get: (cx) => first(cx, type),
        each: (cx, visit) =>
          cx.client.proxyTlvs?.some((tlv) => tlv.type === type && visit(tlv.value)) ?? false,
      };
    },
  },
  {
    ...row,
    name: "fc_err",
    type: "sint",
    doc: "number of the error of the client's connection; 0 for none",
    make: plain((cx) => cx.client.fault?.code ?? 0),
  },
  {
    ...row,
    name: "fc_err_str",
    type: "str",
    doc: "what went wrong with the client's connection",
    make: plain((cx) => cx.client.fault?.text ?? "Success"),
  },
] satisfies FetchSpec[];
