import type { BackendPlan } from "../config/backend_plan.ts";
import type { Plan } from "../config/plan.ts";
import { Resolver } from "../dns/resolver.ts";
import { PatternStore } from "../lang/pattern/store.ts";
import { BackendState } from "./backend_state.ts";
import { type Counted, Counter } from "./counter.ts";
import { CounterBlock } from "./counters.ts";
import { FrontendState } from "./frontend_state.ts";
import type { ServerObserver } from "./server_change.ts";
import { ServerState } from "./server_state.ts";
import { type StateClock, systemClock } from "./state_clock.ts";

export interface StateOptions {
  readonly clock?: StateClock;
  /** Where counters live; give one over shared memory to share them. */
  readonly counters?: CounterBlock;
  readonly patterns?: PatternStore;
}

/**
 * What the world did to the Plan, keyed by the names of proxies and servers. It outlives Plans: a
 * reload stages references against it, and commits them when the new Plan is good.
 */
export class State {
  readonly clock: StateClock;
  readonly frontends = new Map<string, FrontendState>();
  readonly backends = new Map<string, BackendState>();
  /** Those of the live Plan. */
  resolvers: ReadonlyMap<string, Resolver> = new Map();
  /** Lists and maps of the live Plan. */
  patterns: PatternStore;
  readonly #block: CounterBlock;
  readonly #observers: ServerObserver[] = [];
  /** Removed by the last commit, and by the one before. */
  #gone: Counted[] = [];

  constructor(options: StateOptions = {}) {
    this.clock = options.clock ?? systemClock;
    this.#block = options.counters ?? new CounterBlock();
    this.patterns = options.patterns ?? new PatternStore();
  }

  /**
   * Tells `observer` of every change of a server from now on, after those that came before it: the
   * queues join first, the log last. The answer ends it.
   */
  observe(observer: ServerObserver): () => void {
    this.#observers.push(observer);
    return () => {
      const at = this.#observers.indexOf(observer);
      if (at >= 0) this.#observers.splice(at, 1);
    };
  }

  /** References for a Plan that is being compiled. Nothing here changes until it is committed. */
  stage(): StagedState {
    return new StagedState(this, this.#block, this.#observers);
  }

  /** For {@link StagedState.commit}. */
  adopt(plan: Plan, patterns: PatternStore): void {
    this.#sweep();
    const live = new Set<Counted>();
    for (const { state, id, maxconn } of plan.frontends) {
      state.id = id;
      state.maxconn = maxconn;
      live.add(state);
    }
    for (const backend of plan.backends.values()) adoptBackend(backend, live);
    this.#retire(this.frontends, live);
    for (const backend of this.backends.values()) this.#retireServers(backend, live);
    this.#retire(this.backends, live);
    for (const frontend of plan.frontends) this.frontends.set(frontend.name, frontend.state);
    for (const backend of plan.backends.values()) this.backends.set(backend.name, backend.state);
    this.resolvers = new Map([...plan.resolvers].map(([name, { resolver }]) => [name, resolver]));
    this.patterns = patterns;
  }

  #retire(live: Map<string, Counted>, kept: ReadonlySet<Counted>): void {
    for (const [name, state] of live) {
      if (kept.has(state)) continue;
      live.delete(name);
      this.#gone.push(state);
    }
  }

  #retireServers(backend: BackendState, kept: ReadonlySet<Counted>): void {
    for (const server of backend.known.values()) {
      if (kept.has(server)) continue;
      backend.known.delete(server.name);
      this.#gone.push(server);
    }
  }

  /** Frees the counters of what went with an earlier commit and whose last user has left. */
  #sweep(): void {
    this.#gone = this.#gone.filter((state) => {
      if (state.get(Counter.scur) > 0 || state.get(Counter.qcur) > 0) return true;
      state.dispose();
      return false;
    });
  }
}

function adoptBackend(backend: BackendPlan, live: Set<Counted>): void {
  const { state, servers } = backend;
  state.id = backend.id;
  state.fullconn = backend.fullconn ?? 0;
  state.allBackups = backend.allBackups;
  state.servers = servers.map((server) => server.state);
  live.add(state);
  for (const server of servers) {
    server.state.id = server.id;
    state.known.set(server.name, server.state);
    server.state.configure(server);
    live.add(server.state);
  }
  state.recountAll();
}

/**
 * The references that one Plan is compiled against. What State has already is the same object; what
 * is new lives here until {@link commit}. A staging that is not committed leaves no trace.
 */
export class StagedState {
  /** Lists and maps of the Plan: those that its files did not change are the live ones. */
  readonly patterns: PatternStore;
  #frontends = new Map<string, FrontendState>();
  #backends = new Map<string, BackendState>();
  #servers = new Map<BackendState, Map<string, ServerState>>();
  #resolvers = new Map<string, Resolver>();

  constructor(
    private readonly state: State,
    private readonly block: CounterBlock,
    private readonly observers: readonly ServerObserver[],
  ) {
    this.patterns = state.patterns.stage();
  }

  frontend(name: string, id: number, maxconn: number): FrontendState {
    const known = this.state.frontends.get(name) ?? this.#frontends.get(name);
    if (known) return known;
    const made = new FrontendState(name, id, maxconn, this.block, this.state.clock);
    this.#frontends.set(name, made);
    return made;
  }

  backend(name: string, id: number): BackendState {
    const known = this.state.backends.get(name) ?? this.#backends.get(name);
    if (known) return known;
    const made = new BackendState(name, id, this.block, this.state.clock, this.observers);
    this.#backends.set(name, made);
    return made;
  }

  resolver(name: string): Resolver {
    const known = this.state.resolvers.get(name) ?? this.#resolvers.get(name);
    if (known) return known;
    const made = new Resolver(name);
    this.#resolvers.set(name, made);
    return made;
  }

  /** A server of a backend that was asked for before; throws when it was not. */
  server(backendName: string, name: string, id: number): ServerState {
    const backend = this.state.backends.get(backendName) ?? this.#backends.get(backendName);
    if (!backend) throw new RangeError(`Backend '${backendName}' has not been staged`);
    let servers = this.#servers.get(backend);
    if (!servers) this.#servers.set(backend, servers = new Map());
    const known = backend.known.get(name) ?? servers.get(name);
    if (known) return known;
    const made = new ServerState(backend, name, id, this.block);
    servers.set(name, made);
    return made;
  }

  /** Makes the Plan's references live, and takes out what it no longer has. */
  commit(plan: Plan): void {
    this.state.adopt(plan, this.patterns);
  }
}
