import type { LogFormat } from "../../lang/log_format.ts";
import type { CheckPlan, HttpExpect } from "../plan.ts";

/** What `option httpchk` and `http-check` lines add up to. */
export class CheckDraft {
  kind: "tcp" | "http" = "tcp";
  method = "OPTIONS";
  target: LogFormat | string = "/";
  /** `1.0` or `1.1`. */
  version = "1.0";
  headers: (readonly [string, string])[] = [];
  body = "";
  expect: HttpExpect[] = [];
  disableOn404 = false;
  sendState = false;
  /** `http-check` rules were given; where, to say that they need `option httpchk`. */
  rules = false;
  #inherited = false;

  /** From here on lines are the proxy's own: its first rule replaces those of the defaults. */
  endInheritance(): void {
    this.#inherited = this.rules;
  }

  addRule(): void {
    this.rules = true;
    if (!this.#inherited) return;
    this.#inherited = false;
    this.expect = [];
  }

  plan(): CheckPlan {
    if (this.kind === "tcp") return { kind: "tcp" };
    const { method, target, version, headers, body, expect, disableOn404, sendState } = this;
    return {
      kind: "http",
      method,
      target,
      version,
      headers,
      body,
      expect,
      disableOn404,
      sendState,
    };
  }
}
