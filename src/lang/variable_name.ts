import type { VariableScope } from "./context.ts";
import { LangError } from "./spec.ts";

const scopes: readonly VariableScope[] = ["proc", "sess", "txn", "req", "res", "check"];

/** A variable's name, `scope.name`. Throws LangError with HAProxy's texts. */
export function parseVariableName(text: string): { scope: VariableScope; name: string } {
  if (text === "") throw new LangError("Empty variable name cannot be accepted", text);
  const dot = text.indexOf(".");
  const scope = scopes.find((s) => s === text.substring(0, dot));
  const name = text.substring(dot + 1);
  if (scope === undefined || name === "") {
    throw new LangError(
      `invalid variable name '${text}'. A variable name must be start by its scope. ` +
        "The scope can be 'proc', 'sess', 'txn', 'req', 'res' or 'check'",
      text,
    );
  }
  const odd = name.search(/[^A-Za-z0-9_.]/);
  if (odd >= 0) throw new LangError(`invalid syntax at char '${name.substring(odd)}'`, text);
  return { scope, name };
}
