import type { HttpExpect } from "../../config/plan.ts";
import type { CheckReport } from "../../state/check_report.ts";

/** The part of an answer that expectations look at. */
export interface CheckedAnswer {
  readonly status: number;
  readonly reason: string;
  /** latin1, as far as it is here. */
  readonly body: string;
  /** No more of the body will come or fit. */
  readonly complete: boolean;
}

export type Finding = Omit<CheckReport, "durationMs">;

/** Without `http-check expect`: any status from 200 to 399. */
const usual: readonly HttpExpect[] = [{ kind: "status", not: false, ranges: [[200, 399]] }];

/**
 * What an answer is worth; undefined while more of the body must come to tell. Expectations hold in
 * order, and the first that fails decides.
 */
export function judge(
  answer: CheckedAnswer,
  expectations: readonly HttpExpect[],
): Finding | undefined {
  for (const expectation of expectations.length > 0 ? expectations : usual) {
    const finding = test(expectation, answer);
    if (finding !== "met") return finding === "later" ? undefined : finding;
  }
  return { status: "L7OK", code: answer.status, info: "" };
}

function test(expectation: HttpExpect, answer: CheckedAnswer): Finding | "met" | "later" {
  const { status, reason, body } = answer;
  switch (expectation.kind) {
    case "status":
      return expectation.ranges.some(([from, to]) => status >= from && status <= to) !==
          expectation.not
        ? "met"
        : { status: "L7STS", code: status, info: reason };
    case "rstatus":
      return expectation.regex.test(String(status)) !== expectation.not
        ? "met"
        : { status: "L7STS", code: status, info: reason };
    case "string":
      return bodyFinding(body.includes(expectation.text), expectation.not, answer);
    case "rstring":
      return bodyFinding(expectation.regex.test(body), expectation.not, answer);
  }
}

function bodyFinding(
  matches: boolean,
  unwanted: boolean,
  { body, complete }: CheckedAnswer,
): Finding | "met" | "later" {
  if (body === "") {
    return complete ? invalid("HTTP content check could not find a response body") : "later";
  }
  if (unwanted) {
    if (matches) return invalid("HTTP check matched unwanted content");
    return complete ? "met" : "later";
  }
  if (matches) return "met";
  return complete ? invalid("HTTP content check did not match") : "later";
}

function invalid(info: string): Finding {
  return { status: "L7RSP", code: 0, info };
}
