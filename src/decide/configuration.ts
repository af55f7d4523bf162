import type { Diagnostic } from "../config/diagnostic.ts";
import { loadConfiguration } from "../config/load.ts";
import type { FrontendPlan } from "../config/frontend_plan.ts";
import type { Plan } from "../config/plan.ts";
import type { Condition } from "../lang/condition.ts";
import type { ConditionTrace } from "../lang/condition_trace.ts";
import { State } from "../state/state.ts";
import { admit } from "./admission.ts";
import { compileCondition } from "./condition_scope.ts";
import { decide, frontendOf } from "./decide.ts";
import type { Decision } from "./decision.ts";
import { OfflineTransaction } from "./offline_transaction.ts";
import { readInput } from "./request_input.ts";
import { inputOf, latin1Text, type Origin } from "./standard_request.ts";

/** How to read a configuration that is given as text. */
export interface ReadOptions {
  /** `yaml` unless given. */
  readonly format?: "yaml" | "haproxy";
  /** Reads a file that the configuration names; throws when it can't. Without it none is read. */
  readonly files?: (path: string) => string | Uint8Array;
  /** What messages call the text; `configuration` unless given. */
  readonly name?: string;
  /** Variables that the configuration may use; none unless given. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** What became of a text: without a configuration at least one diagnostic is an error. */
export interface ReadConfiguration {
  readonly configuration: Configuration | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Where a request comes from, and to which frontend; the only frontend needs no name. */
export interface RequestOptions extends Origin {
  readonly frontend?: string;
}

/** A Plan over a State of its own. */
interface Site {
  readonly plan: Plan;
  readonly state: State;
}

type Source = Required<Pick<ReadOptions, "files" | "name" | "environment" | "format">> & {
  readonly text: string;
};

/**
 * Reads a configuration from text. It opens nothing: sockets, log targets and modules that the
 * configuration names are left alone.
 *
 * @example
 * ```ts
 * import { readConfiguration } from "@sluice/sluice";
 *
 * const { configuration, diagnostics } = readConfiguration(`
 * frontend:
 *   www:
 *     mode: http
 *     bind: ":8080"
 *     acl: { is_admin: path_beg /admin }
 *     http-request: deny if is_admin !LOCALHOST
 *     default_backend: app
 * backend:
 *   app:
 *     mode: http
 *     server: { a1: "127.0.0.1:9000" }
 * `);
 * if (!configuration) throw new Error(diagnostics.map((d) => d.message).join("\n"));
 * const decision = configuration.decide(new Request("http://example.com/admin"), {
 *   from: "203.0.113.9",
 * });
 * console.log(decision.outcome, decision.decidedBy); // reply configuration:7
 * ```
 */
export function readConfiguration(text: string, options: ReadOptions = {}): ReadConfiguration {
  const source: Source = {
    text,
    format: options.format ?? "yaml",
    name: options.name ?? "configuration",
    environment: options.environment ?? {},
    files: options.files ?? ((path) => {
      throw new Error(`no way to read '${path}' was given`);
    }),
  };
  const { site, diagnostics } = compile(source);
  return { configuration: site && Configuration.of(source, site), diagnostics };
}

function compile(source: Source): { site: Site | undefined; diagnostics: readonly Diagnostic[] } {
  const state = new State();
  const staged = state.stage();
  const { plan, diagnostics } = loadConfiguration([source.name], {
    staged,
    format: source.format,
    environment: source.environment,
    hostname: "localhost",
    readFile: (path) => path === source.name ? latin1Text(source.text)! : readFile(source, path),
  });
  if (plan) staged.commit(plan);
  return { site: plan && { plan, state }, diagnostics };
}

function readFile({ files }: Source, path: string): string {
  return latin1Text(files(path))!;
}

/** A configuration that has no errors, and what it says of requests. */
export class Configuration {
  readonly #source: Source;
  readonly #live: Site;
  #scratch: { site: Site; versions: string } | undefined;
  readonly #conditions = new Map<string, Condition>();

  private constructor(source: Source, live: Site) {
    this.#source = source;
    this.#live = live;
  }

  /** @internal Use {@link readConfiguration}. */
  static of(source: Source, live: Site): Configuration {
    return new Configuration(source, live);
  }

  /**
   * The compiled form that the middleware runs; its lists and maps change as rules change them.
   *
   * @internal
   */
  get plan(): Plan {
    return this.#live.plan;
  }

  /** @internal Variables that were given to {@link readConfiguration}. */
  get environment(): Readonly<Record<string, string>> {
    return definedOnly(this.#source.environment);
  }

  /**
   * Whether a condition, as it could stand behind `if` in the frontend, holds for a request. Each
   * distinct text is compiled once and kept.
   *
   * @throws {LangError} for what is no condition
   * @throws {FrontendError} when there is no such frontend, or several and none was named
   *
   * @example
   * ```ts
   * import { readConfiguration } from "@sluice/sluice";
   *
   * const { configuration } = readConfiguration(`
   * frontend:
   *   www: { mode: http, bind: ":8080", acl: { is_image: "path_end .png .gif" } }
   * `);
   * const request = new Request("http://example.com/a.png");
   * console.log(configuration!.evaluate("is_image !{ src 10.0.0.0/8 }", request)); // true
   * ```
   */
  evaluate(condition: string, request: Request, options: RequestOptions = {}): boolean {
    const frontend = frontendOf(this.plan, options.frontend);
    return this.#condition(condition, frontend).holds(this.#context(frontend, request, options));
  }

  /** As {@link evaluate}, with every value that was seen and the pattern that matched it. */
  explain(condition: string, request: Request, options: RequestOptions = {}): ConditionTrace {
    const frontend = frontendOf(this.plan, options.frontend);
    return this.#condition(condition, frontend).explain(this.#context(frontend, request, options));
  }

  /**
   * What the gateway would do with a request: every rule with its outcome, the backend and the
   * server, or the answer. Each call starts from the files as they are given: all servers are up,
   * counters are 0, and what rules change is forgotten afterwards.
   *
   * @throws {FrontendError} when there is no such frontend, or several and none was named
   */
  decide(request: Request, options: RequestOptions = {}): Decision {
    const scratch = this.#scratch ?? this.#makeScratch();
    this.#scratch = undefined;
    const input = inputOf(request, options);
    const { environment } = this;
    const decision = decide(scratch.site.plan, options.frontend, input, { env: environment });
    // A plan whose lists no rule has changed is as good as a new one.
    if (versionsOf(scratch.site) === scratch.versions) this.#scratch = scratch;
    return decision;
  }

  #makeScratch(): { site: Site; versions: string } {
    const { site, diagnostics } = compile(this.#source);
    if (!site) {
      const first = diagnostics.find(({ severity }) => severity === "error");
      throw new Error(`The configuration has changed: ${first?.message}`);
    }
    return { site, versions: versionsOf(site) };
  }

  #condition(text: string, frontend: FrontendPlan): Condition {
    const key = `${frontend.name}\n${text}`;
    let condition = this.#conditions.get(key);
    if (!condition) {
      condition = compileCondition(text, frontend, {
        plan: this.plan,
        patterns: this.#live.state.patterns.stage(),
        environment: this.#source.environment,
        readFile: (path) => readFile(this.#source, path),
      });
      this.#conditions.set(key, condition);
    }
    return condition;
  }

  #context(frontend: FrontendPlan, request: Request, options: RequestOptions): OfflineTransaction {
    const input = inputOf(request, options);
    const tx = new OfflineTransaction(frontend, {
      src: input.from,
      srcPort: input.fromPort ?? 0,
      dst: input.to,
      dstPort: input.toPort ?? 0,
      env: this.environment,
    });
    const read = readInput(input);
    const problem = read.kind === "invalid" ? read.problem : admit(tx, read.head, input.body);
    if (problem) throw new SyntaxError(`Cannot use the request: ${problem.reason}`);
    return tx;
  }
}

function versionsOf({ state }: Site): string {
  return state.patterns.all().map((list) => list.version).join();
}

function definedOnly(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const defined = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(defined) as Record<string, string>;
}
