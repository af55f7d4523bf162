import { type LogFormat, parseLogFormat } from "../lang/log_format.ts";
import type { LangScope } from "../lang/scope.ts";

/** Compiles a format string of a rule: what is empty stays empty, unlike in logs. */
export function compileFormat(text: string, scope: LangScope): LogFormat {
  return parseLogFormat(text, scope, { forLog: false });
}
