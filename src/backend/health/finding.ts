import type { CheckPlan, CheckStep, ExpectStep, Finding } from "../../config/check_plan.ts";
import type { Context } from "../../lang/context.ts";
import type { ConnectionError } from "../../net/connection.ts";
import { textOf } from "./check_context.ts";
import type { Unmet } from "./expectation.ts";
import { mismatchText, stepText } from "./step_text.ts";

type Kind = CheckPlan["kind"];

/** How the system words why a connection failed (`strerror`). */
const errorTexts: Readonly<Record<ConnectionError, string>> = {
  refused: "Connection refused",
  unreachable: "No route to host",
  timeout: "Connection timed out",
  reset: "Connection reset by peer",
  local: "Cannot assign requested address",
};

/** The connection of `step` could not be made, or not in time. */
export function notConnected(kind: Kind, step: CheckStep, error: ConnectionError): Finding {
  const where = stepText(kind, step);
  return error === "timeout"
    ? { status: "L4TOUT", code: 0, info: where }
    : { status: "L4CON", code: 0, info: errorTexts[error] + where };
}

/** The connection broke in `step`. */
export function broken(kind: Kind, step: CheckStep, error: ConnectionError): Finding {
  return { status: "SOCKERR", code: 0, info: errorTexts[error] + stepText(kind, step) };
}

/** Nothing more came in `step`, and too little had. */
export function timedOut(kind: Kind, step: CheckStep): Finding {
  const own = step.kind === "expect" ? step.timeoutStatus : undefined;
  return { status: own ?? "L7TOUT", code: 0, info: stepText(kind, step) };
}

/** The server closed without a byte. */
export function silent(step: ExpectStep): Finding {
  const comment = step.comment === undefined ? "" : ` comment: '${step.comment}'`;
  const info = `TCPCHK got an empty response at step ${step.id}${comment}`;
  return { status: step.errorStatus ?? "L7RSP", code: 0, info };
}

/** The text of `send-binary-lf` was no text of digits. */
export function unsendable({ id }: CheckStep): Finding {
  const info = `tcp-check send : failed to build log-format string at step ${id}`;
  return { status: "L7RSP", code: 0, info };
}

/** An expectation did not hold: says what the step says itself, else what was found out. */
export function unmet(
  kind: Kind,
  step: ExpectStep,
  { status, info, code }: Unmet,
  cx: Context,
): Finding {
  const generic = info ?? (kind === "tcp-check" ? mismatchText(step) : "");
  const text = step.onError === undefined ? generic : textOf(step.onError, cx);
  const comment = step.comment === undefined ? "" : ` comment: ${step.comment}`;
  return { status, code: step.statusCode?.(cx) ?? code, info: text + comment };
}

/** All steps are done; `step` was the last on the connection. `code` is an answer's status or 0. */
export function passed(kind: Kind, step: CheckStep, code: number, cx: Context): Finding {
  const generic = kind === "tcp-check" ? "(tcp-check)" : "";
  switch (step.kind) {
    case "connect":
      return { status: "L4OK", code: 0, info: step.id === 0 ? "" : generic };
    case "expect": {
      const info = step.onSuccess === undefined ? generic : textOf(step.onSuccess, cx);
      return { status: step.okStatus ?? "L7OK", code: step.statusCode?.(cx) ?? code, info };
    }
    case "send":
    case "send-http":
    case "set":
      return { status: "L7OK", code: 0, info: generic };
  }
}
