import type { Context } from "../lang/context.ts";
import type { CheckReport, CheckStatus } from "../state/check_report.ts";

/** What a health check does: steps over one connection after the other, in order. */
export interface CheckPlan {
  /**
   * Whose the steps are. `tcp` connects, which is all; messages of `tcp-check` tell the step; `http`
   * reads answers; `protocol` is one of the checks that HAProxy has built in.
   */
  readonly kind: "tcp" | "tcp-check" | "http" | "protocol";
  /** The first one connects. */
  readonly steps: readonly CheckStep[];
  /** `http-check disable-on-404`, `http-check send-state`. */
  readonly disableOn404: boolean;
  readonly sendState: boolean;
}

/** A text that may depend on the check: a format, compiled. */
export type CheckText = string | { readonly text: string; render(cx: Context): string };

/** A number that depends on the check: an expression, compiled. */
export type NumberOf = (cx: Context) => number | undefined;

/** The part of a report that one step can find. */
export type Finding = Omit<CheckReport, "durationMs">;

interface Step {
  /** Its number in messages, from 1; 0 for the connection that nobody wrote down. */
  readonly id: number;
  readonly comment: string | undefined;
}

export type CheckStep = ConnectStep | SendStep | SendHttpStep | ExpectStep | SetStep;

/** `connect`: ends the connection before, if any. */
export interface ConnectStep extends Step {
  readonly kind: "connect";
  /** `default`: the server line's options hold where this one says nothing. */
  readonly usesServer: boolean;
  readonly address: CheckAddress | undefined;
  readonly port: number | NumberOf | undefined;
  readonly sendProxy: boolean;
  /** Closes without a reset. */
  readonly linger: boolean;
}

export type CheckAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number | undefined }
  | { readonly kind: "unix"; readonly path: string };

/** `send`, and with `hex` what is two digits a byte when it is rendered. */
export interface SendStep extends Step {
  readonly kind: "send";
  readonly data: CheckText;
  readonly hex: boolean;
}

/** `http-check send`. */
export interface SendHttpStep extends Step {
  readonly kind: "send-http";
  readonly method: string;
  readonly target: CheckText;
  /** `1.0` or `1.1`. */
  readonly version: string;
  readonly headers: readonly (readonly [name: string, value: CheckText])[];
  readonly body: CheckText;
}

/** `set-var`, `set-var-fmt`, `unset-var`. */
export interface SetStep extends Step {
  readonly kind: "set";
  run(cx: Context): void;
}

export interface ExpectStep extends Step {
  readonly kind: "expect";
  readonly match: CheckMatch;
  readonly not: boolean;
  /** Bytes before it is looked at; -1 waits for more as long as it does not match. */
  readonly minRecv: number;
  readonly okStatus: CheckStatus | undefined;
  readonly errorStatus: CheckStatus | undefined;
  readonly timeoutStatus: CheckStatus | undefined;
  readonly onSuccess: CheckText | undefined;
  readonly onError: CheckText | undefined;
  readonly statusCode: NumberOf | undefined;
  /** Index of the step to go on from when more bytes are here: expectations hold together. */
  readonly resumeAt: number;
}

/** Of bytes received, latin1; of an HTTP answer `string` and its like mean the body. */
export type CheckMatch =
  | { readonly kind: "string" | "binary"; readonly text: string }
  | { readonly kind: "string-lf" | "binary-lf"; readonly text: CheckText }
  | { readonly kind: "rstring" | "rbinary" | "rstatus"; readonly regex: TextTest }
  | {
    readonly kind: "status";
    readonly ranges: readonly (readonly [from: number, to: number])[];
  }
  | {
    readonly kind: "header";
    /** The whole value, commas included. */
    readonly full: boolean;
    readonly name: HeaderPattern;
    readonly value: HeaderPattern | undefined;
  }
  | {
    readonly kind: "custom";
    /** `last`: no more bytes will come. */
    judge(received: string, last: boolean): "met" | "later" | Finding;
  };

export interface TextTest {
  test(text: string): boolean;
}

export type HeaderPattern =
  | { readonly method: "str" | "beg" | "end" | "sub"; readonly text: CheckText }
  | { readonly method: "reg"; readonly regex: TextTest };
