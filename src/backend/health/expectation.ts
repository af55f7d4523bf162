import { Buffer } from "node:buffer";
import type { ExpectStep, Finding } from "../../config/check_plan.ts";
import { bytesOfHex } from "../../config/hex_bytes.ts";
import type { Context } from "../../lang/context.ts";
import type { CheckStatus } from "../../state/check_report.ts";
import { textOf } from "./check_context.ts";
import { headerMatches } from "./header_pattern.ts";
import type { HttpAnswer } from "./http_answer.ts";

/** What the server did wrong. */
export interface Unmet {
  readonly kind: "unmet";
  readonly status: CheckStatus;
  /** 0, or an answer's status. */
  readonly code: number;
  /** What to say where the step has no words of its own; undefined for what is said of any. */
  readonly info: string | undefined;
}

/** What an expectation says of what is here. */
export type Judgement =
  | "met"
  | "later"
  | { readonly kind: "found"; readonly finding: Finding }
  | Unmet;

function unmet(status: CheckStatus, info?: string, code = 0): Judgement {
  return { kind: "unmet", status, code, info };
}

const emptyFormat = "log-format string evaluated to an empty string";
const badHex = "Failed to parse hexastring resulting of eval of a log-format string";

/** Holds a step against the bytes received. `last`: no more will come, or none would be kept. */
export function judgeReceived(
  step: ExpectStep,
  received: string,
  last: boolean,
  cx: Context,
): Judgement {
  const { match, minRecv } = step;
  if (!last && minRecv > 0 && received.length < minRecv) return "later";
  switch (match.kind) {
    case "custom": {
      const found = match.judge(received, last);
      return typeof found === "string" ? found : { kind: "found", finding: found };
    }
    case "rstring":
      return conclude(step, match.regex.test(received), last);
    case "rbinary":
      return conclude(step, match.regex.test(hexOf(received)), last);
    case "string":
    case "binary":
      return contains(step, received, match.text, last);
    case "string-lf":
    case "binary-lf": {
      const text = textOf(match.text, cx);
      if (text === "") return unmet("L7RSP", emptyFormat);
      const wanted = match.kind === "binary-lf" ? bytesOfHex(text) : text;
      return wanted === undefined ? unmet("L7RSP", badHex) : contains(step, received, wanted, last);
    }
    case "status":
    case "rstatus":
    case "header":
      throw new TypeError(`'${match.kind}' is about HTTP`);
  }
}

function contains(step: ExpectStep, received: string, wanted: string, last: boolean): Judgement {
  if (!last && received.length < wanted.length) return "later";
  return conclude(step, received.includes(wanted), last);
}

/** Without a minimum, no match is no answer as long as more may come. */
function conclude(step: ExpectStep, matches: boolean, last: boolean): Judgement {
  if (!matches && !last && step.minRecv === -1) return "later";
  return matches !== step.not ? "met" : unmet(step.errorStatus ?? "L7RSP");
}

/** HAProxy's form: upper case, for regular expressions. */
function hexOf(text: string): string {
  return Buffer.from(text, "latin1").toString("hex").toUpperCase();
}

/** Holds a step against an HTTP answer whose head is here. */
export function judgeAnswer(step: ExpectStep, answer: HttpAnswer, cx: Context): Judgement {
  const { match, not } = step;
  const { status, reason } = answer.head;
  const byHead = (matches: boolean) =>
    matches !== not ? "met" : unmet(step.errorStatus ?? "L7STS", reason, status);
  switch (match.kind) {
    case "status":
      return byHead(match.ranges.some(([from, to]) => status >= from && status <= to));
    case "rstatus":
      return byHead(match.regex.test(String(status)));
    case "header": {
      const matches = headerMatches(match, answer.head, cx);
      return matches === undefined ? unmet("L7RSP", emptyFormat, status) : byHead(matches);
    }
    case "rstring":
      return judgeBody(step, answer, 0, (body) => match.regex.test(body));
    case "string":
    case "string-lf": {
      const text = textOf(match.text, cx);
      if (text === "" && match.kind === "string-lf") return unmet("L7RSP", emptyFormat, status);
      return judgeBody(step, answer, text.length, (body) => body.includes(text));
    }
    case "binary":
    case "binary-lf":
    case "rbinary":
    case "custom":
      throw new TypeError(`'${match.kind}' is not about HTTP`);
  }
}

function judgeBody(
  step: ExpectStep,
  { body, state, head }: HttpAnswer,
  bytesMin: number,
  test: (body: string) => boolean,
): Judgement {
  const complete = state === "complete";
  const status = step.errorStatus ?? "L7RSP";
  if (body === "") {
    const missing = "HTTP content check could not find a response body";
    return complete ? unmet(status, missing, head.status) : "later";
  }
  if (!complete && (body.length < bytesMin || body.length < step.minRecv)) return "later";
  const matches = test(body);
  if (!matches && !complete && step.minRecv === -1) return "later";
  if (matches !== step.not) return "met";
  const unwanted = "HTTP check matched unwanted content";
  return unmet(status, step.not ? unwanted : "HTTP content check did not match", head.status);
}
