import type { ControlPlan, ControlSocketPlan } from "../config/control_plan.ts";
import type { BindPlan } from "../config/bind_plan.ts";
import type { GlobalPlan, Plan } from "../config/plan.ts";
import type { Connection, ConnectionHandler } from "../net/connection.ts";
import { bind, type Listener } from "../net/open.ts";
import { BindError, freeKey, type Gateway, type Inheritance } from "../proxy/gateway.ts";
import type { TakeoverReport } from "../takeover/takeover_report.ts";
import type { ControlHost } from "./control_host.ts";
import { ControlSession, type SessionOwner } from "./control_session.ts";

/** HAProxy's name for the frontend that its runtime command sockets belong to. */
const frontendName = "GLOBAL";

/** Clients beyond `stats maxconn` that wait for a place; more are sent away. */
export const parkedClientsMax = 256;

/** Answers `_getsocks` on a connection. */
export type HandOver = (connection: Connection) => void;

/** The runtime command sockets of the live Plan, and their clients. */
export class ControlSockets implements ControlHost {
  readonly startedAt = Date.now();
  /** Whoever knows of takeovers, once this process can be taken over. */
  takeoverSource: { readonly report: TakeoverReport | undefined } | undefined;
  /** Of the one by which this process came to its sockets. */
  arrival: TakeoverReport | undefined;
  #listeners = new Map<string, ControlListener>();
  #plan: ControlPlan = { sockets: [], timeoutMs: 0, maxconn: 0 };
  readonly #sessions = new Set<ControlSession>();
  /** Beyond `stats maxconn`: not read from until a place is free. */
  readonly #parked: ParkedClient[] = [];

  constructor(
    readonly gateway: Gateway,
    readonly version: string,
    private readonly handOver: HandOver,
  ) {}

  get sockets(): readonly ControlSocketPlan[] {
    return this.#plan.sockets;
  }

  get takeover(): TakeoverReport | undefined {
    return this.takeoverSource?.report ?? this.arrival;
  }

  get listeners(): Iterable<ControlListener> {
    return this.#listeners.values();
  }

  /**
   * Makes the sockets of a Plan listen, beside those that are there already. Throws
   * {@link BindError}; nothing has changed then.
   *
   * @returns makes them the only ones; `undo` lets go of the new ones instead
   */
  async prepare(plan: Plan, inheritance?: Inheritance): Promise<PreparedControl> {
    const { control } = plan.global;
    const next = new Map<string, ControlListener>();
    const opened: ControlListener[] = [];
    const undo = () => {
      for (const listener of opened) listener.stop();
    };
    for (const socket of control.sockets) {
      const key = freeKey(socket.bind, next);
      const known = this.#listeners.get(key);
      const listener = known ?? new ControlListener(this, socket);
      next.set(key, listener);
      if (known) continue;
      try {
        await listener.open(plan.global, inheritance);
      } catch (error) {
        undo();
        throw new BindError(socket.bind, { name: frontendName }, plan, error);
      }
      opened.push(listener);
    }
    return { commit: () => this.#switchTo(control, next), undo };
  }

  async accept(): Promise<void> {
    for (const listener of this.#listeners.values()) await listener.accept();
  }

  /** Accepts nothing, while another process does so on the same sockets. */
  rest(): void {
    for (const listener of this.#listeners.values()) listener.rest();
  }

  /** Takes no more clients. */
  stop(): void {
    for (const listener of this.#listeners.values()) listener.stop();
    for (const { connection } of this.#parked.splice(0)) connection.close();
  }

  closeAll(): void {
    for (const session of [...this.#sessions]) session.close();
  }

  /** A client has come in. */
  admit(connection: Connection, socket: ControlListener): ConnectionHandler | undefined {
    if (this.#sessions.size < this.#plan.maxconn) return this.#serve(connection, socket);
    if (this.#parked.length >= parkedClientsMax) return undefined;
    connection.pause();
    const parked = new ParkedClient(connection, socket, this.#parked);
    this.#parked.push(parked);
    return parked;
  }

  #serve(connection: Connection, socket: ControlListener): ControlSession {
    const owner: SessionOwner = {
      host: this,
      left: (session) => this.#left(session),
      handOver: (taken) => socket.plan.exposesListeners ? this.handOver(taken) : taken.close(),
    };
    const { level } = socket.plan;
    const session = new ControlSession(connection, owner, level, this.#plan.timeoutMs);
    this.#sessions.add(session);
    connection.handler = session;
    return session;
  }

  #left(session: ControlSession): void {
    this.#sessions.delete(session);
    const next = this.#parked.shift();
    if (!next) return;
    this.#serve(next.connection, next.socket);
    next.connection.resume();
  }

  #switchTo(plan: ControlPlan, next: Map<string, ControlListener>): void {
    for (const [key, listener] of this.#listeners) if (!next.has(key)) listener.stop();
    this.#plan = plan;
    let at = 0;
    for (const listener of next.values()) listener.plan = plan.sockets[at++]!;
    this.#listeners = next;
  }
}

/** Sockets that listen and serve nobody yet. */
export interface PreparedControl {
  commit(): void;
  undo(): void;
}

/** One runtime command socket. */
export class ControlListener {
  #socket: Listener | undefined;

  constructor(private readonly sockets: ControlSockets, public plan: ControlSocketPlan) {}

  get bind(): BindPlan {
    return this.plan.bind;
  }

  get fd(): number {
    return this.#socket?.fd ?? -1;
  }

  async open({ reusePort }: GlobalPlan, given: Inheritance | undefined): Promise<void> {
    const { address, backlog, socket } = this.plan.bind;
    const inherited = given?.socketOf(this.plan.bind);
    this.#socket = await bind(
      { address, backlog, socket, reusePort, inherited, listens: given?.listens },
      (connection) => this.sockets.admit(connection, this),
    );
  }

  async accept(): Promise<void> {
    await this.#socket?.accept();
  }

  rest(): void {
    this.#socket?.rest();
  }

  stop(): void {
    this.#socket?.stop();
    this.#socket = undefined;
  }
}

/** Waits for its place; one that leaves takes none. */
class ParkedClient implements ConnectionHandler {
  constructor(
    readonly connection: Connection,
    readonly socket: ControlListener,
    private readonly parked: ParkedClient[],
  ) {}

  onData(): void {}
  onDrain(): void {}
  onEnd(): void {}

  onClose(): void {
    const at = this.parked.indexOf(this);
    if (at >= 0) this.parked.splice(at, 1);
  }
}
