import type { BackendPlan, FrontendPlan } from "../config/plan.ts";
import type { RuleSet } from "../rules/rule_set.ts";
import type { Trail } from "./trail.ts";

/** `tcp-request` rules see a connection and its bytes, and here is a request alone: they are named. */
export function noteFrontendRules(frontend: FrontendPlan, trail: Trail): void {
  if (frontend.mode === "tcp") {
    trail.note(frontend, "in TCP mode there is no request: what asks for its bytes has no value");
  }
  noteRules(frontend, "connection", frontend.tcpRequestConnection, trail);
  noteRules(frontend, "session", frontend.tcpRequestSession, trail);
  noteRules(frontend, "content", frontend.tcpRequestContent, trail);
}

export function noteBackendRules(backend: BackendPlan, trail: Trail): void {
  noteRules(backend, "content", backend.tcpRequestContent, trail);
}

function noteRules(
  proxy: FrontendPlan | BackendPlan,
  set: "connection" | "session" | "content",
  { rules }: RuleSet,
  trail: Trail,
): void {
  for (const { text, at } of rules) {
    trail.note(proxy, `tcp-request ${set} ${text} is passed over: it is about the connection`, at);
  }
}
