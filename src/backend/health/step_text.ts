import { Buffer } from "node:buffer";
import type { CheckPlan, CheckStep, ExpectStep } from "../../config/check_plan.ts";

/** Longest text that a report keeps, as in HAProxy. */
const infoCharsMax = 127;

/** A text for a report: it ends at a NUL. */
export function infoOf(text: string): string {
  const nul = text.indexOf("\0");
  return (nul < 0 ? text : text.slice(0, nul)).slice(0, infoCharsMax);
}

/** Where a check broke off; only `tcp-check` tells. */
export function stepText(kind: CheckPlan["kind"], step: CheckStep): string {
  if (kind !== "tcp-check") return "";
  if (step.id === 0) return " at initial connection step of tcp-check";
  const comment = step.comment === undefined ? "" : ` comment: '${step.comment}'`;
  return ` at step ${step.id} of tcp-check${stepNote(step)}${comment}`;
}

function stepNote(step: CheckStep): string {
  switch (step.kind) {
    case "connect":
      return typeof step.port === "number" ? ` (connect port ${step.port})` : " (connect)";
    case "send":
    case "send-http":
      return " (send)";
    case "expect":
      return ` (expect ${expectNote(step)})`;
    case "set":
      return "";
  }
}

function expectNote({ match }: ExpectStep): string {
  switch (match.kind) {
    case "string":
      return `string '${match.text}'`;
    case "binary":
      return `binary '${Buffer.from(match.text, "latin1").toString("hex").toUpperCase()}'`;
    case "rstring":
      return "regex";
    case "rbinary":
      return "binary regex";
    case "string-lf":
      return "log-format string";
    case "binary-lf":
      return "log-format binary";
    case "status":
      return "HTTP status codes";
    case "rstatus":
      return "HTTP status regex";
    case "header":
      return "HTTP header pattern";
    case "custom":
      return "custom function";
  }
}

/** What is said of an expectation that did not hold and has no words of its own. */
export function mismatchText({ match, not, id }: ExpectStep): string {
  const what = not ? "TCPCHK matched unwanted content" : "TCPCHK did not match content";
  return `${what}${mismatchNote(match)} at step ${id}`;
}

function mismatchNote(match: ExpectStep["match"]): string {
  switch (match.kind) {
    case "string":
      return ` '${match.text}'`;
    case "binary":
      return " (binary)";
    case "rstring":
    case "rstatus":
      return " (regex)";
    case "rbinary":
      return " (binary regex)";
    case "string-lf":
      return " (log-format string)";
    case "binary-lf":
      return " (log-format binary)";
    case "status":
      return "(status codes)";
    case "header":
      return " (header pattern)";
    case "custom":
      return " (custom function)";
  }
}
