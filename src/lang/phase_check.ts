import type { Suite } from "./condition.ts";
import { needsOf } from "./fetch/phase_mask.ts";
import type { LangScope } from "./scope.ts";
import { LangError, type Phase, phases } from "./spec.ts";

/** What HAProxy's messages call the check points. */
export const phaseNames: Readonly<Record<Phase, string>> = {
  fe_tcp_req_conn: "frontend tcp-request connection rule",
  fe_tcp_req_sess: "frontend tcp-request session rule",
  fe_tcp_req_cont: "frontend tcp-request content rule",
  fe_http_req_hdr: "frontend http-request header rule",
  fe_http_req_body: "frontend http-request body rule",
  fe_use_backend: "frontend use-backend rule",
  be_tcp_req_cont: "backend tcp-request content rule",
  be_http_req_hdr: "backend http-request header rule",
  be_http_req_body: "backend http-request body rule",
  be_set_server: "backend use-server, balance or stick-match rule",
  be_src_select: "server source selection",
  be_tcp_res_cont: "backend tcp-response content rule",
  be_http_res_hdr: "backend http-response header rule",
  be_http_res_body: "backend http-response body rule",
  be_stick_store: "backend stick-store rule",
  fe_tcp_res_cont: "frontend tcp-response content rule",
  fe_http_res_hdr: "frontend http-response header rule",
  fe_http_res_body: "frontend http-response body rule",
  log: "logs",
  be_check: "backend tcp-check rule",
  cfg_parser: "configuration parser",
  cli_parser: "CLI parser",
};

/** HAProxy's warnings about TCP rules name their set; those about others do not. */
const tcpRuleSets: Readonly<Partial<Record<Phase, string>>> = {
  fe_tcp_req_conn: "tcp-request connection",
  fe_tcp_req_sess: "tcp-request session",
  fe_tcp_req_cont: "tcp-request content",
  be_tcp_req_cont: "tcp-request content",
  be_tcp_res_cont: "tcp-response content",
};

/** Whether an expression with these 22 check points may stand in a phase. */
export function isUsable(expression: { readonly phases: string }, phase: Phase): boolean {
  return expression.phases[phases.indexOf(phase)] === "Y";
}

/** Throws LangError where an expression never has an answer; `called` is what the message names. */
export function requireUsable(
  expression: { readonly phases: string; readonly raw: boolean; readonly text: string },
  phase: Phase,
  called: string,
): void {
  if (isUsable(expression, phase)) return;
  throw new LangError(
    `fetch method '${called}' extracts information from '${needsOf(expression)}', ` +
      "none of which is available here",
    expression.text,
  );
}

/**
 * Warns as HAProxy does of the first ACL that can't match where the condition stands, else of the
 * first test within an ACL that can't.
 */
export function warnOfPhase(suites: readonly Suite[], scope: LangScope): void {
  const acls = suites.flat().map((term) => term.acl);
  const where = phaseNames[scope.phase];
  const ruleSet = tcpRuleSets[scope.phase];
  const never = `will never match${ruleSet === undefined ? "" : ` in '${ruleSet}'`} because it`;
  const isStranger = (test: { expression: { phases: string } }) =>
    !isUsable(test.expression, scope.phase);
  const useless = acls.find((acl) => acl.tests.length > 0 && acl.tests.every(isStranger));
  if (useless !== undefined) {
    const keyword = useless.tests[0]!.expression.keyword;
    scope.warn(
      useless.name === ""
        ? `anonymous acl ${never} uses keyword '${keyword}' ` +
          `which is incompatible with '${where}'`
        : `acl '${useless.name}' ${never} only involves keywords ` +
          `that are incompatible with '${where}'`,
    );
    return;
  }
  for (const acl of acls) {
    const test = acl.tests.find(isStranger);
    if (test === undefined) continue;
    const keyword = test.expression.keyword;
    scope.warn(
      acl.name === ""
        ? `anonymous acl involves keyword '${keyword}' which is incompatible with '${where}'`
        : `acl '${acl.name}' involves keywords '${keyword}' which is incompatible with '${where}'`,
    );
    return;
  }
}
