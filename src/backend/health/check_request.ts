import type { BackendPlan, CheckPlan, ServerPlan } from "../../config/plan.ts";
import { serverStateHeader } from "./send_state.ts";
import type { CheckServices } from "./services.ts";

/** The bytes of an HTTP check, latin1, as HAProxy sends them. */
export function checkRequest(
  backend: BackendPlan,
  server: ServerPlan,
  services: CheckServices,
): string {
  const check = backend.check as Extract<CheckPlan, { kind: "http" }>;
  const target = typeof check.target === "string"
    ? check.target
    : services.render(check.target, server.state);
  let head = `${check.method} ${target} HTTP/${check.version}\r\n`;
  for (const [name, value] of check.headers) head += `${name}: ${value}\r\n`;
  if (check.sendState) {
    head += `x-haproxy-server-state: ${serverStateHeader(backend, server, services.node)}\r\n`;
  }
  if (check.body !== "") head += `content-length: ${check.body.length}\r\n`;
  // HTTP/1.0 closes by itself; nothing in a check reads further answers.
  if (check.version !== "1.0") head += "connection: close\r\n";
  return head + "\r\n" + check.body;
}
