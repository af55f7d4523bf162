import type { Observation } from "../backend/health/observe.ts";
import { RequestQueues } from "../backend/queue.ts";
import { scheduleOnTimers } from "../backend/schedule.ts";
import type { BindPlan } from "../config/bind_plan.ts";
import type { FrontendPlan } from "../config/frontend_plan.ts";
import type { Plan } from "../config/plan.ts";
import type { ServerPlan } from "../config/server_plan.ts";
import type { PatternStore } from "../lang/pattern/store.ts";
import type { Logged } from "../observe/access_log.ts";
import type { ServerState } from "../state/server_state.ts";
import type { StagedState, State } from "../state/state.ts";
import { FrontendApp } from "./frontend_app.ts";
import { IdleConnections } from "./http/idle_connections.ts";
import { CloseSpread, type Leaving, leavingAtOnce } from "./close_spread.ts";
import { ClientListener, type GivenPlaces, type ListenerHost } from "./listener.ts";
import { processFacts } from "./process_facts.ts";
import type { PreparedServers } from "./prepare_servers.ts";
import { connectionsMax } from "./connections_max.ts";
import { enterBackend } from "./http/request_phase.ts";
import type { Stream } from "./stream.ts";
import { loadModules } from "./user/user_modules.ts";

/** What happens around the traffic: logs and health. */
export interface GatewayServices {
  /** A stream has ended. */
  log(stream: Stream, what: Logged): void;
  observeServer(server: ServerPlan, seen: Observation): void;
  /** Something is wrong with a backend. */
  alert(text: string, backend: string): void;
  /** A Plan is live; its health checks and log targets take over from the one before. */
  planChanged(plan: Plan, before: Plan | undefined): void;
  /** A soft stop begins: nobody new is served. */
  draining(): void;
  close(): Promise<void> | void;
}

/** A listening socket could not be had. */
export class BindError extends Error {
  override name = "BindError";
  constructor(
    readonly bind: BindPlan,
    readonly frontend: Pick<FrontendPlan, "name">,
    plan: Plan,
    cause: unknown,
  ) {
    // A `listen` section is a backend as well, and a proxy in HAProxy's messages.
    const kind = plan.backends.has(frontend.name) ? "proxy" : "frontend";
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`Starting ${kind} ${frontend.name}: ${reason} for [${addressText(bind)}]`, { cause });
  }
}

function addressText({ address, text }: BindPlan): string {
  switch (address.kind) {
    case "tcp":
      return `${address.host}:${address.port}`;
    case "unix":
      return address.path;
    case "abstract":
    case "fd":
      return text;
    default:
      return address satisfies never;
  }
}

/** The running gateway: a Plan over its State, the sockets it listens on, connections to servers. */
export class Gateway implements ListenerHost {
  readonly idle = new IdleConnections();
  readonly queues = new RequestQueues(scheduleOnTimers);
  connectionsMax = 0;
  #plan: Plan | undefined;
  #onEmpty: (() => void) | undefined;
  #listeners = new Map<string, ClientListener>();
  /** Those on which clients wait for a place: it may be one of another listener that is left. */
  #crowded = new Set<ClientListener>();
  #admitting = false;

  constructor(readonly state: State, private readonly services: GatewayServices) {
    state.observe(this.queues);
  }

  get plan(): Plan {
    return this.#plan!;
  }

  get listeners(): Iterable<ClientListener> {
    return this.#listeners.values();
  }

  log(stream: Stream, what: Logged): void {
    this.services.log(stream, what);
  }

  observeServer(server: ServerPlan, seen: Observation): void {
    this.services.observeServer(server, seen);
  }

  alert(text: string, backend: string): void {
    this.services.alert(text, backend);
  }

  /**
   * Makes a Plan the one that new requests follow. Sockets that it still names stay; new ones listen
   * before anything changes, so that a failure leaves everything as it was, and accept afterwards.
   * Throws {@link BindError} and `ModuleError`.
   *
   * @param addresses what the names of servers stand for
   * @param inheritance of a process that this one takes over from; {@link accept} is the caller's then
   */
  async adopt(
    plan: Plan,
    staged: StagedState,
    addresses: Addresses,
    inheritance?: Inheritance,
  ): Promise<void> {
    const seats = await this.#prepare(plan, await makeApps(plan), inheritance);
    inheritance?.learn(plan, staged.patterns);
    const settled = settledServers(plan);
    staged.commit(plan);
    for (const [server, address] of addresses) {
      if (!settled.has(server)) server.resolved(address, this.state.clock.now());
    }
    const before = this.#plan;
    this.#plan = plan;
    this.connectionsMax = connectionsMax(plan.global);
    this.#switchTo(seats);
    this.services.planChanged(plan, before);
    if (!inheritance) await this.accept();
  }

  /** Accepts on every socket; throws the first error, when all were tried. */
  async accept(): Promise<void> {
    const tried = await Promise.allSettled([...this.#listeners.values()].map((l) => l.accept()));
    const failed = tried.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
  }

  /**
   * Accepts nothing, while another process does so on the same sockets.
   *
   * @param but those on which no other process does
   */
  rest(but: ReadonlySet<ClientListener> = new Set()): void {
    for (const listener of this.#listeners.values()) if (!but.has(listener)) listener.rest();
  }

  /** Stops listening until {@link accept}, for another process to bind; everything else goes on. */
  pause(): void {
    for (const listener of this.#listeners.values()) void listener.pause();
  }

  /** Stops accepting and lets every exchange end; resolves when nobody is left or time is over. */
  async drain(
    limitMs: number | undefined,
    leaving: Leaving = new CloseSpread(this.plan.global.closeSpreadMs),
  ): Promise<void> {
    processFacts.stopping = true;
    for (const listener of this.#listeners.values()) listener.stop(leaving);
    this.services.draining();
    this.idle.closeAll();
    await this.#lastClient(limitMs);
    await this.stop();
  }

  /** A client connection is gone. */
  clientLeft(): void {
    this.admitWaiting();
    if (processFacts.openConnections === 0) this.#onEmpty?.();
  }

  admitWaiting(): void {
    if (this.#crowded.size > 0) this.#admit();
  }

  clientWaits(listener: ClientListener): void {
    this.#crowded.add(listener);
  }

  /** One that is admitted may leave at once: its place goes to the next in the same loop. */
  #admit(): void {
    if (this.#admitting) return;
    this.#admitting = true;
    try {
      for (const listener of this.#crowded) {
        if (!listener.admitParked()) this.#crowded.delete(listener);
      }
    } finally {
      this.#admitting = false;
    }
  }

  #lastClient(limitMs: number | undefined): Promise<void> {
    if (processFacts.openConnections === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const limit = limitMs === undefined ? undefined : setTimeout(resolve, limitMs);
      this.#onEmpty = () => {
        clearTimeout(limit);
        resolve();
      };
    });
  }

  /** Ends everything now. */
  async stop(): Promise<void> {
    processFacts.stopping = true;
    for (const listener of this.#listeners.values()) {
      listener.stop(leavingAtOnce);
      listener.closeAll();
    }
    this.idle.closeAll();
    await this.services.close();
  }

  /** Makes every socket of a Plan listen; those made before one fails are closed again. */
  async #prepare(
    plan: Plan,
    apps: ReadonlyMap<FrontendPlan, FrontendApp>,
    inheritance: Inheritance | undefined,
  ): Promise<Map<string, Seat>> {
    const seats = new Map<string, Seat>();
    const opened: ClientListener[] = [];
    for (const frontend of plan.frontends) {
      if (frontend.disabled) continue;
      const app = apps.get(frontend)!;
      for (const bind of frontend.binds) {
        const key = freeKey(bind, seats);
        const known = this.#listeners.get(key);
        const listener = known ?? new ClientListener(this, frontend, bind, app);
        if (!known) {
          try {
            await listener.open(plan.global, inheritance);
          } catch (error) {
            for (const other of opened) other.stop(leavingAtOnce);
            throw new BindError(bind, frontend, plan, error);
          }
          opened.push(listener);
        }
        seats.set(key, { listener, frontend, bind, app });
      }
    }
    return seats;
  }

  #switchTo(seats: ReadonlyMap<string, Seat>): void {
    for (const [key, listener] of this.#listeners) {
      if (!seats.has(key)) listener.stop(leavingAtOnce);
    }
    this.#listeners = new Map();
    for (const [key, { listener, frontend, bind, app }] of seats) {
      listener.adopt(frontend, bind, app);
      this.#listeners.set(key, listener);
    }
    this.#admit();
  }
}

type Addresses = PreparedServers["addresses"];

/**
 * Servers that follow their names and are where those led them: looking a name up in another way,
 * or `init-addr none`, must not move or stop a server that serves.
 */
function settledServers({ backends }: Plan): Set<ServerState> {
  const servers = [...backends.values()].flatMap((backend) => backend.servers);
  const settled = servers.filter((server) => server.followed && server.state.isAtPlaceOf(server));
  return new Set(settled.map(({ state }) => state));
}

/** What a process gets of the one that it takes over from. */
export interface Inheritance extends GivenPlaces {
  /** Nobody has used the State of this Plan yet: lets it go on from what the other process knew. */
  learn(plan: Plan, patterns: PatternStore): void;
}

/** A listener and what it serves under a Plan. */
interface Seat {
  readonly listener: ClientListener;
  readonly frontend: FrontendPlan;
  readonly bind: BindPlan;
  readonly app: FrontendApp;
}

async function makeApps(plan: Plan): Promise<Map<FrontendPlan, FrontendApp>> {
  const apps = new Map<FrontendPlan, FrontendApp>();
  for (const frontend of plan.frontends) apps.set(frontend, await makeApp(frontend, plan));
  return apps;
}

async function makeApp(frontend: FrontendPlan, plan: Plan): Promise<FrontendApp> {
  const modules = await loadModules(frontend);
  return new FrontendApp(frontend, plan.backends.values(), modules, enterBackend);
}

/**
 * Binds are the same socket when their addresses are and how it is made. Several may have one
 * address, as the kernel allows it: they are told apart by their order.
 */
export function freeKey(
  { address, socket }: BindPlan,
  taken: ReadonlyMap<string, unknown>,
): string {
  const key = JSON.stringify([address, socket]);
  let free = key;
  for (let n = 2; taken.has(free); n++) free = `${key} ${n}`;
  return free;
}
