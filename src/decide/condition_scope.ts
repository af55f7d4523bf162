import { splitWords } from "../config/words.ts";
import type { FrontendPlan } from "../config/frontend_plan.ts";
import type { Plan } from "../config/plan.ts";
import { type Condition, parseCondition } from "../lang/condition.ts";
import type { PatternStore } from "../lang/pattern/store.ts";
import { standaloneScope } from "../lang/scope.ts";
import { LangError } from "../lang/spec.ts";

/** What a condition that stands in no file may refer to, beside its plan. */
export interface ConditionSources {
  readonly plan: Plan;
  readonly patterns: PatternStore;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Reads a file as latin1; throws when it can't. */
  readonly readFile: (path: string) => string;
}

/**
 * Compiles what could stand behind `if` on an `http-request` line of a frontend: it knows the
 * frontend's ACLs, the lists, backends and users of the configuration. Throws LangError.
 */
export function compileCondition(
  text: string,
  frontend: FrontendPlan,
  { plan, patterns, environment, readFile }: ConditionSources,
): Condition {
  const env = (name: string) => Object.hasOwn(environment, name) ? environment[name] : undefined;
  const { words, fault } = splitWords(text, {
    expansion: "in-quotes",
    variable: env,
    place: (offset) => ({ file: "condition", line: 1, column: offset + 1 }),
  });
  if (fault) throw new LangError(fault.message);
  const backendOf = (name: string | undefined) => plan.backends.get(name ?? frontend.name);
  const scope = standaloneScope({
    acls: frontend.acls,
    patterns,
    phase: "fe_http_req_hdr",
    proxyName: frontend.name,
    where: "condition",
    frontend: (name) =>
      plan.frontends.find((other) => other.name === (name ?? frontend.name))?.state,
    backend: (name) => backendOf(name)?.state,
    server: (backend, name) => backendOf(backend)?.state.server(name),
    userlist: (name) => plan.userlists.get(name),
    env,
    readFile,
  });
  return parseCondition(words.map((word) => word.text), scope);
}
