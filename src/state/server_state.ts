import { Address } from "../lang/address.ts";
import type { ServerFacts } from "../lang/context.ts";
import type { BackendState } from "./backend_state.ts";
import { type CheckReport, noCheckYet } from "./check_report.ts";
import { connectionLimit } from "./connection_limit.ts";
import { Counted, Counter } from "./counter.ts";
import type { CounterBlock } from "./counters.ts";
import { PendingList } from "./pending_list.ts";
import { type ChangeCause, type ChangeKind, ServerChange } from "./server_change.ts";
import { sameAddress, type ServerSettings, settingsOf, unconfigured } from "./server_settings.ts";

/** What checks say: HAProxy's `SRV_ST_*`. `stopping` takes no new sessions. */
export type OperationalState = "stopped" | "starting" | "running" | "stopping";
/** What the operator says. Drain may hold behind maintenance. */
export type AdminState = "ready" | "drain" | "maint";

/** A server as a process that takes over has to know it. */
export interface ServerSnapshot {
  /** What its line said: where the new one says otherwise, that holds. */
  readonly settings: ServerSettings;
  readonly address: string | null;
  readonly port: number;
  readonly health: number;
  readonly report: CheckReport;
  readonly consecutiveErrors: number;
  readonly lastChange: number;
  readonly downMs: number;
  readonly operational: OperationalState;
  readonly maintenance: boolean;
  readonly unresolved: boolean;
  readonly drain: boolean;
  readonly weight: number;
  readonly warmth: number;
  readonly maxconn: number;
}

/** Effective weights count in sixteenths of a user's weight, so that slow start has steps. */
export const weightScale = 16;

/**
 * What the world did to a server: HAProxy's states, weights, health and counters. Every change goes
 * through a method, which recounts the backend and tells the observers.
 */
export class ServerState extends Counted implements ServerFacts {
  settings: ServerSettings = unconfigured;
  address: Address | undefined;
  /** A connection made before the last change leads somewhere else. */
  addressChanges = 0;
  port = 0;
  /** Connections that another process has to it, while two serve. */
  elsewhere = 0;
  /** Requests that wait for this server and no other. */
  readonly queue = new PendingList();
  /** Goes up whenever the number of connections changes: orders equals as a round robin does. */
  movedAt = 0;
  /** Consecutive results: 0 to rise + fall - 1; up from `rise` on. */
  health = 0;
  report: CheckReport = noCheckYet;
  /** Bad answers in a row that `observe` saw. */
  consecutiveErrors = 0;
  /** Milliseconds since the epoch of the last operational change, and down time before it. */
  lastChange: number;
  #downMs = 0;
  #operational: OperationalState = "running";
  /** By a runtime command, or the server's line. */
  #maintenance = false;
  /** Because its name has no address. */
  #unresolved = false;
  /** Nobody has heard of it yet. */
  #isNew = false;
  #drain = false;
  #weight = 1;
  #warmth = weightScale;
  #maxconn = 0;

  constructor(
    readonly backend: BackendState,
    name: string,
    id: number,
    block: CounterBlock,
  ) {
    super(name, id, block);
    this.lastChange = backend.clock.now();
  }

  get operational(): OperationalState {
    return this.#operational;
  }

  get admin(): AdminState {
    return this.#rests ? "maint" : this.#drain ? "drain" : "ready";
  }

  /** Maintenance is what the operator wants, whatever its name says. */
  get forcedToRest(): boolean {
    return this.#maintenance;
  }

  /** It is in maintenance for want of an address. */
  get unresolved(): boolean {
    return this.#unresolved;
  }

  get #rests(): boolean {
    return this.#maintenance || this.#unresolved;
  }

  /** The drain state holds, also behind maintenance. */
  get draining(): boolean {
    return this.#drain;
  }

  /** As configured or set at run time, 0 to 256. */
  get weight(): number {
    return this.#weight;
  }

  /** In sixteenths of a weight: grows from one to sixteen of them during slow start. */
  get effectiveWeight(): number {
    return this.#weight * this.#warmth;
  }

  /** Connections at once; 0 for no limit. */
  get maxconn(): number {
    return this.#maxconn;
  }

  /** New sessions may be sent here (`srv_currently_usable`). */
  get usable(): boolean {
    return this.#weight > 0 && this.accepts;
  }

  /** As {@link usable}, but a weight of 0 only keeps the balancer away. */
  get accepts(): boolean {
    return !this.#rests && !this.#drain &&
      (this.#operational === "running" || this.#operational === "starting");
  }

  isUp(): boolean {
    return !this.#rests && (!this.settings.check || this.#operational !== "stopped");
  }

  /** Those of another process included, while two serve. */
  connections(): number {
    return this.counters[Counter.scur]! + this.elsewhere;
  }

  queued(): number {
    return this.queue.length;
  }

  sessionRate(): number {
    return this.sessions.read(this.backend.clock.now());
  }

  /** Milliseconds without service so far, the current outage included. */
  downMs(now: number): number {
    const down = this.#operational === "stopped" || this.#rests;
    return this.#downMs + (down ? now - this.lastChange : 0);
  }

  /** A connection more may be opened now; a server whose queue isn't empty counts as full. */
  hasRoom(): boolean {
    if (this.#maxconn === 0) return true;
    return this.queue.length === 0 && this.connections() < this.connectionLimit();
  }

  /** `maxconn` as it holds now; see {@link connectionLimit}. */
  connectionLimit(): number {
    return connectionLimit(this);
  }

  /** All that a process that takes over has to know. */
  snapshot(): ServerSnapshot {
    return {
      settings: settingsOf(this.settings),
      address: this.address?.toString() ?? null,
      port: this.port,
      health: this.health,
      report: this.report,
      consecutiveErrors: this.consecutiveErrors,
      lastChange: this.lastChange,
      downMs: this.#downMs,
      operational: this.#operational,
      maintenance: this.#maintenance,
      unresolved: this.#unresolved,
      drain: this.#drain,
      weight: this.#weight,
      warmth: this.#warmth,
      maxconn: this.#maxconn,
    };
  }

  /**
   * Goes on from what another process knew. Comes before {@link configure}, which then keeps of it
   * what a reload keeps.
   */
  restore(known: ServerSnapshot): void {
    this.settings = known.settings;
    this.address = known.address === null ? undefined : Address.parse(known.address);
    this.port = known.port;
    this.health = known.health;
    this.report = known.report;
    this.consecutiveErrors = known.consecutiveErrors;
    this.lastChange = known.lastChange;
    this.#downMs = known.downMs;
    this.#operational = known.operational;
    this.#maintenance = known.maintenance;
    this.#unresolved = known.unresolved;
    this.#drain = known.drain;
    this.#weight = known.weight;
    this.#warmth = known.warmth;
    this.#maxconn = known.maxconn;
  }

  /** Takes one connection's place. */
  take(now: number): void {
    const { counters } = this;
    counters[Counter.stot]! += 1;
    counters[Counter.lbtot]! += 1;
    counters[Counter.last_session] = now;
    this.raise(Counter.smax, ++counters[Counter.scur]!);
    this.raise(Counter.rate_max, this.sessions.add(now));
    this.movedAt = this.backend.nextMove();
  }

  /** Takes the place of a connection that another process has counted, and that is here now. */
  takeIn(): void {
    this.raise(Counter.smax, ++this.counters[Counter.scur]!);
    this.movedAt = this.backend.nextMove();
  }

  /** Gives it back. Whoever calls then looks at the queues. */
  leave(): void {
    this.counters[Counter.scur]! -= 1;
    this.movedAt = this.backend.nextMove();
  }

  /**
   * Takes over what a Plan says. What runtime commands changed stays unless the line itself is
   * different from before; health stays in any case. The caller lets the backend count again.
   */
  configure(settings: ServerSettings): void {
    const before = this.settings;
    const first = before === unconfigured;
    this.settings = settings;
    this.#isNew = first;
    if (first || before.weight !== settings.weight) this.#weight = settings.weight;
    if (first || before.maxconn !== settings.maxconn) this.#maxconn = settings.maxconn;
    if (first || !sameAddress(before, settings)) this.#takeAddress(settings);
    if (first || before.disabled !== settings.disabled) this.#maintenance = settings.disabled;
    if (this.#rests) this.#operational = "stopped";
    else if (first || !settings.check || before.disabled !== settings.disabled) {
      if (this.#operational === "stopped") this.#operational = "running";
      this.health = settings.rise;
    } else if (before.rise !== settings.rise) {
      this.health = this.#operational === "stopped" ? 0 : settings.rise;
    }
    if (this.health > settings.rise + settings.fall - 1) {
      this.health = settings.rise + settings.fall - 1;
    }
  }

  #takeAddress(settings: ServerSettings): void {
    this.addressChanges++;
    this.#unresolved = false;
    const { address } = settings;
    this.address = address.kind === "tcp" ? Address.parse(address.host) : undefined;
    this.port = address.kind === "tcp" ? address.port : 0;
  }

  /** Another address than the configured one (`set server … addr`, a name resolved). */
  setAddress(address: Address | undefined, port: number): void {
    this.addressChanges++;
    this.address = address;
    this.port = port;
  }

  /** It already stands where a line of these settings led it: its name is the same. */
  isAtPlaceOf(settings: ServerSettings): boolean {
    return this.settings !== unconfigured && sameAddress(this.settings, settings);
  }

  /** What the server's name stands for at the start of a Plan. */
  resolved(address: Address | undefined, now: number): void {
    if (String(address) !== String(this.address)) this.setAddress(address, this.port);
    if (address) this.resolve(now);
    else if (!this.#isNew) this.unresolve(undefined, now);
    else {
      // As HAProxy, no word about a server that has never been anything else.
      this.#unresolved = true;
      this.health = 0;
      this.#operational = "stopped";
      this.backend.recount(this);
    }
  }

  /**
   * Its name has no address: it is in maintenance until there is one.
   *
   * @param why a clause for the log
   */
  unresolve(why: string | undefined, now: number): void {
    if (this.#unresolved) return;
    const cause = why === undefined ? undefined : { kind: "resolution" as const, why };
    if (this.address) this.setAddress(undefined, this.port);
    this.#rest(() => this.#unresolved = true, cause, now);
  }

  /** Its name has an address; true when it had none before. */
  resolve(now: number): boolean {
    if (!this.#unresolved) return false;
    this.#unresolved = false;
    if (this.#maintenance) this.#announce("resolved-in-maintenance", undefined, false);
    else this.#riseAgain("resolved", now);
    return true;
  }

  markDown(cause: ChangeCause, now: number): void {
    if (this.#operational === "stopped") return;
    const wasUsable = this.usable;
    this.#turn("stopped", now);
    this.count(Counter.chkdown);
    this.#announce("down", cause, wasUsable);
  }

  markUp(cause: ChangeCause, now: number): void {
    if (this.#operational === "running" || this.#operational === "starting") return;
    const wasUsable = this.usable;
    this.#turn(this.#upState(), now);
    this.#announce("up", cause, wasUsable);
  }

  markStopping(cause: ChangeCause, now: number): void {
    if (this.#operational === "stopping") return;
    const wasUsable = this.usable;
    this.#turn("stopping", now);
    this.#announce("stopping", cause, wasUsable);
  }

  /** Sets what the operator wants, as `set server … state` does. */
  setAdmin(state: AdminState, now: number): void {
    switch (state) {
      case "maint":
        return this.#enterMaintenance(now);
      case "drain":
        this.#leaveMaintenance(now, true);
        return this.#enterDrain();
      case "ready":
        this.#leaveMaintenance(now, false);
        this.resolve(now);
        return this.#leaveDrain();
    }
  }

  #enterMaintenance(now: number): void {
    if (!this.#maintenance) this.#rest(() => this.#maintenance = true, undefined, now);
  }

  /** Enters maintenance; a second reason for it is not worth a word. */
  #rest(enter: () => void, cause: ChangeCause | undefined, now: number): void {
    const rested = this.#rests;
    const wasUsable = this.usable;
    const wasDown = this.#operational === "stopped";
    enter();
    if (rested) return;
    if (!wasDown) this.#turn("stopped", now);
    this.#announce(wasDown ? "maintenance-while-down" : "maintenance", cause, wasUsable);
  }

  #leaveMaintenance(now: number, draining: boolean): void {
    if (!this.#maintenance) return;
    this.#maintenance = false;
    if (draining) this.#drain = true;
    if (this.#unresolved) this.#announce("maintenance-left-unresolved", undefined, false);
    else this.#riseAgain("maintenance-left", now);
  }

  /** A checked server starts up, one failure from being down, and is checked at once. */
  #riseAgain(kind: ChangeKind, now: number): void {
    this.health = this.settings.rise;
    this.#turn(this.#upState(), now);
    this.#announce(kind, undefined, false);
    if (this.#drain) this.#announce("drain-kept", undefined, false);
  }

  #enterDrain(): void {
    if (this.#drain) return;
    const wasUsable = this.usable;
    this.#drain = true;
    const down = this.#operational === "stopped";
    this.#announce(down ? "drain-while-down" : "drain", undefined, wasUsable);
  }

  #leaveDrain(): void {
    if (!this.#drain) return;
    this.#drain = false;
    this.#announce("drain-left", undefined, false);
  }

  /** 0 to 256. Slow start goes on from where it is. */
  setWeight(weight: number): void {
    const wasUsable = this.usable;
    this.#weight = weight;
    this.#announce("weight", undefined, wasUsable);
  }

  setMaxconn(maxconn: number): void {
    this.#maxconn = maxconn;
    this.#announce("weight", undefined, this.usable);
  }

  /** A step of slow start: true when it is over. */
  warmUp(now: number): boolean {
    if (this.#operational !== "starting") return true;
    const { slowstartMs } = this.settings;
    const elapsed = now - this.lastChange;
    const wasUsable = this.usable;
    if (elapsed >= slowstartMs || elapsed < 0) {
      this.#operational = "running";
      this.#warmth = weightScale;
    } else {
      this.#warmth = Math.max(1, Math.floor((weightScale * elapsed + slowstartMs) / slowstartMs));
    }
    this.#announce("weight", undefined, wasUsable);
    return this.#warmth === weightScale;
  }

  #upState(): OperationalState {
    this.#warmth = this.settings.slowstartMs > 0 ? 1 : weightScale;
    return this.settings.slowstartMs > 0 ? "starting" : "running";
  }

  #turn(to: OperationalState, now: number): void {
    if (this.#operational === "stopped") this.#downMs += Math.max(0, now - this.lastChange);
    this.#operational = to;
    this.lastChange = now;
  }

  #announce(kind: ChangeKind, cause: ChangeCause | undefined, wasUsable: boolean): void {
    const { backend } = this;
    const had = backend.active + backend.backup > 0;
    backend.recount(this);
    const lastOne = had && backend.active + backend.backup === 0;
    backend.tell(new ServerChange(this, kind, cause, wasUsable, lastOne));
  }
}
