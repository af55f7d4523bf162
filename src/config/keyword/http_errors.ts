import { LangError } from "../../lang/spec.ts";
import { applyErrorLine } from "../../rules/error_page.ts";
import { LineScope } from "../compile/rule_scope.ts";
import type { ProxyDraft } from "../compile/proxy_draft.ts";
import type { KeywordSpec } from "./spec.ts";

/** Lines of an `http-errors` section; its draft is a proxy of which only the pages are used. */
export const httpErrorsKeywords = [
  {
    name: "errorfile",
    sections: ["http-errors"],
    syntax: "errorfile <code> <file>",
    doc: "The page for a status.",
    apply(line, draft) {
      const scope = new LineScope(line, draft, "fe_http_res_hdr", "http-response");
      line.takeAll();
      try {
        applyErrorLine(line.words.map((word) => word.text), draft.errorPages, scope);
      } catch (error) {
        if (!(error instanceof LangError)) throw error;
        throw line.place(error, "bad-error-page");
      }
    },
  },
] satisfies KeywordSpec<ProxyDraft>[];
