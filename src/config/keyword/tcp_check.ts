import type { ProxyDraft } from "../compile/proxy_draft.ts";
import { CheckLine } from "./check_line.ts";
import { checkRules } from "./check_rules.ts";
import { backendSections, type KeywordSpec } from "./spec.ts";

function send(
  name: string,
  argument: string,
  doc: string,
  kind: { readonly hex: boolean; readonly format: boolean },
): KeywordSpec<ProxyDraft> {
  return {
    name: `tcp-check ${name}`,
    sections: backendSections,
    syntax: `tcp-check ${name} ${argument} [comment <msg>]`,
    doc,
    apply(line, draft) {
      const words = new CheckLine(line, draft);
      const what = kind.hex ? "binary string" : "string";
      const word = line.take(words.say(`'${name}' expects a ${what} as argument`));
      const data = kind.format ? words.format(word) : kind.hex ? words.bytes(word) : word.text;
      let comment: string | undefined;
      for (let option = words.next(); option; option = words.next()) {
        if (option.text !== "comment") {
          throw words.bad(`expects 'comment' but got '${option.text}' as argument`, option);
        }
        comment = words.argument(option).text;
      }
      words.add({ kind: "send", data, hex: kind.hex && kind.format, comment });
    },
  };
}

/** A health check in steps over TCP. */
export const tcpCheckKeywords: readonly KeywordSpec<ProxyDraft>[] = [
  {
    name: "option tcp-check",
    sections: backendSections,
    syntax: "option tcp-check",
    doc: "Checks servers as `tcp-check` rules say; without any, connects.",
    apply(line, draft) {
      line.end();
      draft.check.useTcp();
    },
  },
  send("send", "<data>", "Sends a string.", { hex: false, format: false }),
  send("send-lf", "<fmt>", "Sends what a format gives.", { hex: false, format: true }),
  send("send-binary", "<hexstring>", "Sends bytes, two digits each.", { hex: true, format: false }),
  send("send-binary-lf", "<hexfmt>", "Sends bytes whose digits a format gives.", {
    hex: true,
    format: true,
  }),
  ...checkRules("tcp-check"),
];
