import { settled, takeSuffix } from "../compile/condition_suffix.ts";
import type { ProxyDraft } from "../compile/proxy_draft.ts";
import { LineScope } from "../compile/rule_scope.ts";
import { frontendSections, type KeywordSpec } from "./spec.ts";

/** Answers for those who watch Sluice itself. */
export const monitorKeywords = [
  {
    name: "monitor-uri",
    sections: frontendSections,
    syntax: "monitor-uri <uri>",
    doc: "Answers 200 to this path before any rule, to say that Sluice is alive.",
    http: true,
    apply(line, draft) {
      draft.monitorUri = line.take("'monitor-uri' expects an URI").text;
      line.end();
    },
  },
  {
    name: "monitor fail",
    sections: ["frontend", "listen"],
    syntax: "monitor fail { if | unless } <condition>",
    doc: "Answers 503 at `monitor-uri` while the condition holds.",
    http: true,
    apply(line, draft) {
      const required = "'monitor fail' requires either 'if' or 'unless' followed by a condition";
      const scope = new LineScope(line, draft, "fe_http_req_hdr");
      const suffix = takeSuffix(line, scope, "a 'monitor fail' condition", () => required);
      if (!suffix) throw line.error("no-condition", required);
      draft.monitorFail.push(settled(suffix));
    },
  },
] satisfies KeywordSpec<ProxyDraft>[];
