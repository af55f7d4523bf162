import type { Variables, VariableScope } from "./context.ts";
import type { Value } from "./value.ts";

/** Whoever keeps variables longer than a transaction: the connection, the process. */
export interface VariableKeeper {
  variables: Map<string, Value> | undefined;
}

/**
 * Which of the two scopes of a message is open: HAProxy empties `req` when the answer's rules
 * begin, and knows `res` from then on only.
 */
export type MessageScope = "req" | "res";

/** Variables that no other transaction sees. */
export interface OwnVariables {
  readonly transaction: Map<string, Value> | undefined;
  readonly message: Map<string, Value> | undefined;
}

/** Variables as one transaction sees them; scopes that nobody uses cost nothing. */
export class TransactionVariables implements Variables {
  readonly #transaction: VariableKeeper = { variables: undefined };
  readonly #message: VariableKeeper = { variables: undefined };
  #open: MessageScope;

  constructor(
    readonly session: VariableKeeper,
    readonly process: VariableKeeper,
    open: MessageScope,
  ) {
    this.#open = open;
  }

  get(scope: VariableScope, name: string): Value | undefined {
    return this.#keeper(scope)?.variables?.get(name);
  }

  /** Setting a variable of a message that is not the one in hand does nothing, as in HAProxy. */
  set(scope: VariableScope, name: string, value: Value): void {
    const keeper = this.#keeper(scope);
    if (keeper === undefined) return;
    keeper.variables ??= new Map();
    keeper.variables.set(name, value);
  }

  unset(scope: VariableScope, name: string): void {
    this.#keeper(scope)?.variables?.delete(name);
  }

  /** What is the transaction's and its message's own, for another process to go on with. */
  get own(): OwnVariables {
    return { transaction: this.#transaction.variables, message: this.#message.variables };
  }

  set own({ transaction, message }: OwnVariables) {
    this.#transaction.variables = transaction;
    this.#message.variables = message;
  }

  /** The answer's rules begin. */
  beginAnswer(): void {
    if (this.#open === "res") return;
    this.#open = "res";
    this.#message.variables = undefined;
  }

  #keeper(scope: VariableScope): VariableKeeper | undefined {
    switch (scope) {
      case "proc":
        return this.process;
      case "sess":
        return this.session;
      case "txn":
        return this.#transaction;
      case "req":
      case "res":
        return scope === this.#open ? this.#message : undefined;
      case "check":
        // Belongs to health checks, which keep their own.
        return undefined;
      default:
        return scope satisfies never;
    }
  }
}
