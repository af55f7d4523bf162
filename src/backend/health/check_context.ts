import type { BackendPlan } from "../../config/backend_plan.ts";
import type { ServerPlan } from "../../config/server_plan.ts";
import type { CheckText } from "../../config/check_plan.ts";
import type { ResponseHead } from "../../http/response_head.ts";
import type { Context, Variables, VariableScope } from "../../lang/context.ts";
import { offlineContext } from "../../lang/offline_context.ts";
import type { VariableKeeper } from "../../lang/transaction_variables.ts";
import type { Value } from "../../lang/value.ts";
import type { CheckServices } from "./services.ts";

/** What the expressions of a check see: its server, what came last, its variables. */
export interface CheckContext extends Context {
  /** Bytes received since the last `send`, latin1. */
  answered: string;
  response: ResponseHead | undefined;
}

/** One for every run of a check: its variables live as long. */
export function checkContext(
  backend: BackendPlan,
  server: ServerPlan,
  services: CheckServices,
): CheckContext {
  const context: CheckContext = {
    ...offlineContext({ backend: backend.state, server: server.state, now: services.now() }),
    answered: "",
    variables: new CheckVariables(services.process),
    responseBuffer: {
      get text() {
        return context.answered;
      },
      closed: true,
    },
  };
  return context;
}

/** The scopes that a check has; it is a session of its own. */
class CheckVariables implements Variables {
  readonly #own = new Map<VariableScope, VariableKeeper>();

  constructor(process: VariableKeeper) {
    this.#own.set("proc", process);
    this.#own.set("sess", { variables: undefined });
    this.#own.set("check", { variables: undefined });
  }

  get(scope: VariableScope, name: string): Value | undefined {
    return this.#own.get(scope)?.variables?.get(name);
  }

  set(scope: VariableScope, name: string, value: Value): void {
    const keeper = this.#own.get(scope);
    if (keeper) (keeper.variables ??= new Map()).set(name, value);
  }

  unset(scope: VariableScope, name: string): void {
    this.#own.get(scope)?.variables?.delete(name);
  }
}

export function textOf(text: CheckText, cx: Context): string {
  return typeof text === "string" ? text : text.render(cx);
}
