import type { SendHttpStep } from "../../config/check_plan.ts";
import type { Context } from "../../lang/context.ts";
import { textOf } from "./check_context.ts";

/** Methods of which nobody expects a body: without one they say nothing of its length. */
const bodyless = new Set(["GET", "HEAD", "DELETE", "OPTIONS"]);

/**
 * The bytes of an HTTP check, latin1, as HAProxy sends them.
 *
 * @param state value of `http-check send-state`'s field; undefined without it
 */
export function checkRequest(step: SendHttpStep, state: string | undefined, cx: Context): string {
  let head = `${step.method} ${textOf(step.target, cx) || "/"} HTTP/${step.version}\r\n`;
  let closes = false;
  for (const [name, value] of step.headers) {
    const text = textOf(value, cx);
    if (text === "") continue;
    closes ||= name.toLowerCase() === "connection";
    head += `${name}: ${text}\r\n`;
  }
  if (state !== undefined) head += `x-haproxy-server-state: ${state}\r\n`;
  const body = textOf(step.body, cx);
  if (body !== "" || !bodyless.has(step.method)) head += `content-length: ${body.length}\r\n`;
  // HTTP/1.0 closes by itself; nothing in a check reads further answers.
  if (step.version !== "1.0" && !closes) head += "connection: close\r\n";
  return head + "\r\n" + body;
}
