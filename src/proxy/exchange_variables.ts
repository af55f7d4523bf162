import type { Variables, VariableScope } from "../lang/context.ts";
import type { Value } from "../lang/value.ts";

/** Variables of the whole process (`set-var(proc.x)`). */
const processVariables = new Map<string, Value>();

/** Whoever keeps the variables of a connection while its exchanges come and go. */
export interface SessionVariables {
  variables: Map<string, Value> | undefined;
}

/** Variables as one exchange sees them; scopes that nobody uses cost nothing. */
export class ExchangeVariables implements Variables {
  #own = new Map<string, Value>();

  constructor(readonly session: SessionVariables) {}

  get(scope: VariableScope, name: string): Value | undefined {
    return this.#map(scope)?.get(key(scope, name));
  }

  set(scope: VariableScope, name: string, value: Value): void {
    if (scope === "sess") this.session.variables ??= new Map();
    this.#map(scope)!.set(key(scope, name), value);
  }

  unset(scope: VariableScope, name: string): void {
    this.#map(scope)?.delete(key(scope, name));
  }

  /** Ends a scope: `req` with the request's rules, `res` with the response's. */
  end(scope: "req" | "res"): void {
    for (const name of this.#own.keys()) if (name.startsWith(scope)) this.#own.delete(name);
  }

  #map(scope: VariableScope): Map<string, Value> | undefined {
    switch (scope) {
      case "proc":
        return processVariables;
      case "sess":
        return this.session.variables;
      case "txn":
      case "req":
      case "res":
      case "check":
        return this.#own;
    }
  }
}

function key(scope: VariableScope, name: string): string {
  return scope + "." + name;
}
