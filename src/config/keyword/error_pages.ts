import { LangError } from "../../lang/spec.ts";
import { applyErrorLine } from "../../rules/error_page.ts";
import type { ProxyDraft } from "../compile/proxy_draft.ts";
import { LineScope, requestPhase, responsePhase } from "../compile/rule_scope.ts";
import { type KeywordSpec, proxySections } from "./spec.ts";

function errorKeyword(name: string, syntax: string, doc: string): KeywordSpec<ProxyDraft> {
  return {
    name,
    sections: proxySections,
    syntax,
    doc,
    http: true,
    apply(line, draft) {
      const [phase, otherPhase] = [requestPhase(draft), responsePhase(draft)];
      const scope = new LineScope(line, draft, phase, "http-request", otherPhase);
      line.takeAll();
      try {
        applyErrorLine(line.words.map((word) => word.text), draft.errorPages, scope);
      } catch (error) {
        if (!(error instanceof LangError)) throw error;
        throw line.place(error, "bad-error-page");
      }
    },
  };
}

/** What Sluice answers when it cannot give a server's answer. */
export const errorPageKeywords: readonly KeywordSpec<ProxyDraft>[] = [
  errorKeyword("errorfile", "errorfile <code> <file>", "Sends a file in place of an error page."),
  errorKeyword(
    "errorfiles",
    "errorfiles <name> [<code> ...]",
    "Takes error pages from an `http-errors` section.",
  ),
  errorKeyword("errorloc", "errorloc <code> <url>", "Redirects (302) in place of an error page."),
  errorKeyword(
    "errorloc302",
    "errorloc302 <code> <url>",
    "Redirects (302) in place of an error page.",
  ),
  errorKeyword(
    "errorloc303",
    "errorloc303 <code> <url>",
    "Redirects (303) in place of an error page.",
  ),
  errorKeyword(
    "http-error",
    "http-error status <code> [content-type <type>] [<payload>] [hdr <name> <fmt>]*",
    "Makes an error page out of a text, a file or a format.",
  ),
];
