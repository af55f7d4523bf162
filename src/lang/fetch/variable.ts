import type { VariableScope } from "../context.ts";
import type { FetchSpec } from "../spec.ts";
import { anywhere } from "./phase_mask.ts";
import { invalidArguments, optionalText, textOf } from "./row.ts";

export const variableFetches = [
  {
    name: "var",
    args: [{ name: "var-name", type: "variable" }, optionalText("default")],
    type: "any",
    phases: anywhere,
    // A set-var converter may change it while a condition is evaluated.
    pure: false,
    doc: "the value of a variable, else the default given",
    make: (args) => {
      const variable = args[0];
      if (variable?.type !== "variable") {
        throw invalidArguments("var", "Empty variable name cannot be accepted");
      }
      const scope = variable.scope as VariableScope;
      const { name } = variable;
      const fallback = textOf(args[1]);
      return { get: (cx) => cx.variables.get(scope, name) ?? fallback };
    },
  },
] satisfies FetchSpec[];
