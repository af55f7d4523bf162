import type { ProxyDraft } from "../compile/proxy_draft.ts";
import { type KeywordSpec, proxySections } from "./spec.ts";

const expected = "option 'http-restrict-req-hdr-names' expects 'preserve', 'reject' or 'delete' " +
  "option.";

/** Which names of fields a server is shown. */
export const restrictedNameKeywords = [
  {
    name: "option http-restrict-req-hdr-names",
    sections: proxySections,
    syntax: "option http-restrict-req-hdr-names { preserve | delete | reject }",
    doc: "What becomes of request headers whose name has other characters than letters, digits " +
      "and hyphens.",
    http: true,
    apply(line, draft) {
      const word = line.take(`missing parameter. ${expected}`);
      const message = `invalid parameter '${word.text}'. ${expected}`;
      const policy = line.oneOf(word, ["preserve", "delete", "reject"] as const, message);
      line.end();
      draft.headerNames = policy === "preserve" ? undefined : policy;
    },
  },
] satisfies KeywordSpec<ProxyDraft>[];
