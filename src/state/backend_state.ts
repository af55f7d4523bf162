import type { BackendFacts } from "../lang/context.ts";
import { Counted, Counter } from "./counter.ts";
import type { CounterBlock } from "./counters.ts";
import { PendingList } from "./pending_list.ts";
import type { ServerChange, ServerObserver } from "./server_change.ts";
import type { ServerState } from "./server_state.ts";
import type { StateClock } from "./state_clock.ts";

/** What the world did to a backend, and its servers by name. */
export class BackendState extends Counted implements BackendFacts {
  /** Servers of the Plan that is live, in its order. */
  servers: readonly ServerState[] = [];
  /** The same by name. */
  readonly known = new Map<string, ServerState>();
  /** Requests that any server may serve. */
  readonly queue = new PendingList();
  /** Usable servers. */
  active = 0;
  backup = 0;
  /** The backup that serves when no active server can and `option allbackups` is off. */
  firstBackup: ServerState | undefined;
  /** Changes of servers that a balancer has to know of: it compares, and looks again. */
  version = 0;
  /** Load at which servers reach their `maxconn`; 0 when unknown. */
  fullconn = 0;
  allBackups = false;
  /** Milliseconds since the epoch of the last change between up and down. */
  lastChange: number;
  #downMs = 0;
  #moves = 0;
  /** As what each server counts in {@link active} and {@link backup}. */
  readonly #sides = new Map<ServerState, Side>();

  constructor(
    name: string,
    id: number,
    block: CounterBlock,
    readonly clock: StateClock,
    private readonly observers: readonly ServerObserver[],
  ) {
    super(name, id, block);
    this.lastChange = clock.now();
  }

  /** Streams open now. */
  connections(): number {
    return this.counters[Counter.scur]!;
  }

  sessionRate(): number {
    return this.sessions.read(this.clock.now());
  }

  requestRate(): number {
    return this.requests.read(this.clock.now());
  }

  usableServers(): number {
    if (this.active > 0) return this.active;
    return this.firstBackup && !this.allBackups ? 1 : this.backup;
  }

  queued(): number {
    let queued = this.queue.length;
    for (const server of this.servers) queued += server.queue.length;
    return queued;
  }

  /** Requests queued for each usable server, rounded up; twice their number when there is none. */
  averageQueue(): number {
    const servers = this.usableServers();
    const queued = this.queued();
    return servers > 0 ? Math.floor((queued + servers - 1) / servers) : queued * 2;
  }

  connectionSlots(): number {
    let slots = 0;
    for (const server of this.servers) {
      if (server.operational === "stopped") continue;
      const { maxconn } = server;
      const { maxqueue } = server.settings;
      if (maxconn === 0 || maxqueue === 0) return -1;
      slots += maxconn - server.connections() + maxqueue - server.queue.length;
    }
    return slots;
  }

  server(name: string): ServerState | undefined {
    return this.known.get(name);
  }

  /** A stream was routed here. */
  sessionOpened(now: number): void {
    const { counters } = this;
    counters[Counter.stot]! += 1;
    counters[Counter.last_session] = now;
    this.raise(Counter.smax, ++counters[Counter.scur]!);
    this.raise(Counter.rate_max, this.sessions.add(now));
  }

  /** A stream that another process has counted is here now. */
  sessionMoved(): void {
    this.raise(Counter.smax, ++this.counters[Counter.scur]!);
  }

  sessionClosed(): void {
    this.counters[Counter.scur]! -= 1;
  }

  requestReceived(now: number): void {
    this.counters[Counter.req_tot]! += 1;
    this.requests.add(now);
  }

  /** Milliseconds without any usable server so far. */
  downMs(now: number): number {
    return this.#downMs + (this.active + this.backup === 0 ? now - this.lastChange : 0);
  }

  /** The next place in the order of {@link ServerState.movedAt}. */
  nextMove(): number {
    return ++this.#moves;
  }

  /** Counts the usable servers of a Plan that has become live. */
  recountAll(): void {
    const had = this.active + this.backup > 0;
    this.active = this.backup = 0;
    this.#sides.clear();
    for (const server of this.servers) {
      const side = sideOf(server);
      this.#sides.set(server, side);
      this.#add(side, 1);
    }
    this.#findFirstBackup();
    this.version++;
    this.#availability(had);
  }

  /** Counts a server that has changed again, and no other. One that has left the Plan stays uncounted. */
  recount(server: ServerState): void {
    this.version++;
    const before = this.#sides.get(server);
    const side = sideOf(server);
    if (before === undefined || before === side) return;
    const had = this.active + this.backup > 0;
    this.#sides.set(server, side);
    this.#add(before, -1);
    this.#add(side, 1);
    if (before === "backup" || side === "backup") this.#findFirstBackup();
    this.#availability(had);
  }

  #add(side: Side, count: 1 | -1): void {
    if (side !== "none") this[side] += count;
  }

  #findFirstBackup(): void {
    this.firstBackup = this.backup === 0
      ? undefined
      : this.servers.find((server) => this.#sides.get(server) === "backup");
  }

  #availability(had: boolean): void {
    const has = this.active + this.backup > 0;
    if (had === has) return;
    const now = this.clock.now();
    if (has) this.#downMs += Math.max(0, now - this.lastChange);
    else this.count(Counter.chkdown);
    this.lastChange = now;
  }

  tell(change: ServerChange): void {
    for (const observer of this.observers) observer.serverChanged(change);
  }
}

type Side = "active" | "backup" | "none";

function sideOf(server: ServerState): Side {
  if (!server.usable) return "none";
  return server.settings.backup ? "backup" : "active";
}
