import { parseExpression } from "../../lang/expression.ts";
import { requireUsable } from "../../lang/phase_check.ts";
import { parseLogFormat } from "../../lang/log_format.ts";
import { LangError } from "../../lang/spec.ts";
import { castExpression } from "../../rules/cast_expression.ts";
import type { CheckText, NumberOf } from "../check_plan.ts";
import type { RuleFamily } from "../compile/check_draft.ts";
import type { StepDraft } from "../compile/check_steps.ts";
import type { Line } from "../compile/line.ts";
import type { ProxyDraft } from "../compile/proxy_draft.ts";
import { LineScope } from "../compile/rule_scope.ts";
import type { Word } from "../directive.ts";
import { bytesOfHex, hexFault } from "../hex_bytes.ts";

/** What the words of `http-check` and `tcp-check` lines mean; failures say which line it is. */
export class CheckLine {
  readonly scope: LineScope;

  constructor(readonly line: Line, readonly draft: ProxyDraft) {
    this.scope = new LineScope(line, draft, "be_check");
  }

  get family(): RuleFamily {
    return this.line.keyword.startsWith("tcp") ? "tcp-check" : "http-check";
  }

  /** The next word; undefined at the end of the line. */
  next(): Word | undefined {
    return this.line.rest.length > 0 ? this.line.take("") : undefined;
  }

  /** The argument of `option`. */
  argument(option: Word, what = "a string"): Word {
    return this.line.take(this.say(`'${option.text}' expects ${what} as argument`));
  }

  say(message: string): string {
    return `'${this.line.keyword}' : ${message}`;
  }

  bad(message: string, word: Word): Error {
    return this.line.error("bad-value", this.say(message), word);
  }

  /** A log format; what depends on nothing is a plain text. */
  format(word: Word): CheckText {
    const compile = () => parseLogFormat(word.text, this.scope, { forLog: false });
    const format = this.#placed(
      "bad-format",
      compile,
      (fault) => `'${word.text}' invalid log-format string (${fault})`,
    );
    return format.constant ?? format;
  }

  /** An expression that gives a number; `what` it is for, in messages. */
  number(word: Word, what: string): NumberOf {
    const compile = (): NumberOf => {
      const { expression } = parseExpression([word.text], 0, this.scope);
      requireUsable(expression, this.scope.phase, word.text);
      const get = castExpression(expression, "sint");
      return (cx) => {
        const value = get(cx);
        return value === undefined ? undefined : Number(value);
      };
    };
    const fault = (text: string) => `error detected while parsing ${what} expression : ${text}`;
    return this.#placed("bad-value", compile, fault);
  }

  /** Bytes written as hexadecimal digits, as latin1. */
  bytes(word: Word): string {
    const bytes = bytesOfHex(word.text);
    if (bytes !== undefined) return bytes;
    throw this.bad(`'${word.text}' invalid binary string (${hexFault(word.text)})`, word);
  }

  add(step: StepDraft): void {
    this.#placed("bad-value", () => this.draft.check.add(this.family, step));
  }

  #placed<T>(
    code: "bad-format" | "bad-value",
    make: () => T,
    message = (fault: string) => fault,
  ): T {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof LangError)) throw error;
      throw this.line.place(error, code, this.say(message(error.message)));
    }
  }
}
