import { AclSet } from "../../src/lang/acl_set.ts";
import { PatternStore } from "../../src/lang/pattern/store.ts";
import { standaloneScope } from "../../src/lang/scope.ts";
import type { RuleScope } from "../../src/rules/spec.ts";
import { defaultPage } from "../../src/rules/error_page.ts";

/** A rule's surroundings without a configuration: a frontend `fe`; `parts` replace what is given. */
export function testScope(parts: Partial<RuleScope> & Pick<RuleScope, "ruleSet">): RuleScope {
  const phase = parts.ruleSet === "http-request" ? "fe_http_req_hdr" : "fe_http_res_hdr";
  const scope = standaloneScope({
    acls: new AclSet(),
    patterns: new PatternStore(),
    phase,
    proxyName: "fe",
    where: "site.cfg:1",
  });
  return {
    ...scope,
    declareCapture: () => 0,
    captureSlot: () => undefined,
    bandwidthFilter: (name) => () => ({
      name,
      direction: "upload",
      limitBytes: 1000,
      periodMs: 1000,
    }),
    errorPage: defaultPage,
    errorPageOf: () => undefined,
    ...parts,
  };
}

/** Words of a line without quotes, as the readers of a configuration would give them. */
export function splitWords(line: string): string[] {
  return line.split(/ +/).filter((word) => word !== "");
}
