import type { Line } from "../compile/line.ts";
import type { ProxyDraft } from "../compile/proxy_draft.ts";
import { isProxyBackend } from "../compile/rule_scope.ts";
import type { Phase } from "../../lang/spec.ts";
import type { SectionKind } from "../directive.ts";
import { ruleSetKeyword } from "./rules.ts";
import { backendSections, frontendSections, type KeywordSpec, proxySections } from "./spec.ts";

const notAFrontend = (rules: string) => ({ kind, name }: { kind: string; name: string }) =>
  `${rules} is not allowed because ${kind} ${name} is not a frontend`;

const notABackend = (keyword: string) => () =>
  `${keyword} is only allowed in 'backend' sections or 'defaults' section with a name`;

const contentPhase = (draft: ProxyDraft): Phase =>
  isProxyBackend(draft) ? "be_tcp_req_cont" : "fe_tcp_req_cont";

/** HAProxy keeps the first value, an inherited one too. */
function inspectDelay(
  rules: "tcp-request" | "tcp-response",
  sections: readonly SectionKind[],
  field: "inspectDelayMs" | "responseInspectDelayMs",
): KeywordSpec<ProxyDraft> {
  const name = `${rules} inspect-delay`;
  return {
    name,
    sections,
    syntax: `${name} <timeout>`,
    doc: `Longest wait for data that \`${rules} content\` rules ask about.`,
    namedDefaults: true,
    ...(rules === "tcp-response" ? { misplaced: notABackend(name) } : {}),
    apply(line, draft) {
      const ms = takeDelay(line, draft);
      line.takeAll();
      if (draft[field] === undefined) {
        draft[field] = ms;
        return;
      }
      line.warn(
        "repeated",
        `ignoring ${name} (was already defined) in ${draft.kindText} '${draft.name}'`,
      );
    },
  };
}

function takeDelay(line: Line, draft: ProxyDraft): number {
  const where = `in ${draft.kindText} '${draft.name}'`;
  const word = line.take(`'${line.keyword}' expects a positive delay in milliseconds, ${where}`);
  return line.time(word);
}

/** Rules on connections and on what is received over them, in any mode. */
export const tcpInspectionKeywords: readonly KeywordSpec<ProxyDraft>[] = [
  ruleSetKeyword({
    name: "tcp-request connection",
    sections: frontendSections,
    doc: "A rule on new connections, before anything is received.",
    misplaced: notAFrontend("tcp-request connection"),
    rules: (draft) => draft.tcpRequestConnection,
    phase: () => "fe_tcp_req_conn",
  }),
  ruleSetKeyword({
    name: "tcp-request session",
    sections: frontendSections,
    doc: "A rule on new sessions, when the client's address is known for good.",
    misplaced: notAFrontend("tcp-request session"),
    rules: (draft) => draft.tcpRequestSession,
    phase: () => "fe_tcp_req_sess",
  }),
  ruleSetKeyword({
    name: "tcp-request content",
    sections: proxySections,
    doc: "A rule on what the client sends, asked again with all that it has sent so far.",
    rules: (draft) => draft.tcpRequestContent,
    phase: contentPhase,
  }),
  ruleSetKeyword({
    name: "tcp-response content",
    sections: backendSections,
    doc: "A rule on what the server sends, asked again with all that it has sent so far.",
    misplaced: notABackend("tcp-response content"),
    rules: (draft) => draft.tcpResponseContent,
    phase: () => "be_tcp_res_cont",
  }),
  inspectDelay("tcp-request", proxySections, "inspectDelayMs"),
  inspectDelay("tcp-response", backendSections, "responseInspectDelayMs"),
];
