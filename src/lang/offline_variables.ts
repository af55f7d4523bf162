import type { Variables, VariableScope } from "./context.ts";
import type { Value } from "./value.ts";

/** Variables of all scopes in one map, keyed `scope.name`. */
export class OfflineVariables implements Variables {
  readonly #values = new Map<string, Value>();

  get(scope: VariableScope, name: string): Value | undefined {
    return this.#values.get(scope + "." + name);
  }

  set(scope: VariableScope, name: string, value: Value): void {
    this.#values.set(scope + "." + name, value);
  }

  unset(scope: VariableScope, name: string): void {
    this.#values.delete(scope + "." + name);
  }

  /** Sets a variable by its full name, `txn.user`. */
  setByName(name: string, value: Value): void {
    this.#values.set(name, value);
  }
}
