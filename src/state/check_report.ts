/** What a health check found, by HAProxy's names (`check_status` of `show stat`). */
export type CheckStatus =
  | "UNK"
  | "INI"
  | "SOCKERR"
  | "L4OK"
  | "L4TOUT"
  | "L4CON"
  | "L6OK"
  | "L6TOUT"
  | "L6RSP"
  | "L7OK"
  | "L7OKC"
  | "L7TOUT"
  | "L7RSP"
  | "L7STS"
  | "HANA";

/** Whether a status speaks for or against the server. */
export type CheckVerdict = "unknown" | "failed" | "passed" | "conditionally-passed";

/** A row of {@link checkStatuses}. */
export interface CheckStatusRow {
  /** As in state log lines after `reason:`. */
  readonly text: string;
  readonly verdict: CheckVerdict;
  /** The answer had a code that log lines show. */
  readonly hasCode: boolean;
}

/** The statuses with their texts, as HAProxy words them. */
export const checkStatuses: Readonly<Record<CheckStatus, CheckStatusRow>> = {
  UNK: { text: "Unknown", verdict: "unknown", hasCode: false },
  INI: { text: "Initializing", verdict: "unknown", hasCode: false },
  HANA: { text: "Health analyze", verdict: "failed", hasCode: false },
  SOCKERR: { text: "Socket error", verdict: "failed", hasCode: false },
  L4OK: { text: "Layer4 check passed", verdict: "passed", hasCode: false },
  L4TOUT: { text: "Layer4 timeout", verdict: "failed", hasCode: false },
  L4CON: { text: "Layer4 connection problem", verdict: "failed", hasCode: false },
  L6OK: { text: "Layer6 check passed", verdict: "passed", hasCode: false },
  L6TOUT: { text: "Layer6 timeout", verdict: "failed", hasCode: false },
  L6RSP: { text: "Layer6 invalid response", verdict: "failed", hasCode: false },
  L7TOUT: { text: "Layer7 timeout", verdict: "failed", hasCode: false },
  L7RSP: { text: "Layer7 invalid response", verdict: "failed", hasCode: false },
  L7OK: { text: "Layer7 check passed", verdict: "passed", hasCode: true },
  L7OKC: {
    text: "Layer7 check conditionally passed",
    verdict: "conditionally-passed",
    hasCode: true,
  },
  L7STS: { text: "Layer7 wrong status", verdict: "failed", hasCode: true },
};

/** The result of one health check. */
export interface CheckReport {
  readonly status: CheckStatus;
  /** HTTP status; 0 without one. */
  readonly code: number;
  /** What the log shows after `info:`; "" for nothing. */
  readonly info: string;
  /** Milliseconds; -1 when nothing was measured. */
  readonly durationMs: number;
}

export const noCheckYet: CheckReport = { status: "INI", code: 0, info: "", durationMs: -1 };
