import type { BackendPlan } from "../config/backend_plan.ts";
import type { ServerPlan } from "../config/server_plan.ts";
import type { Context } from "../lang/context.ts";
import type { BackendState } from "../state/backend_state.ts";
import { Counter } from "../state/counter.ts";
import type { Pending, PendingList } from "../state/pending_list.ts";
import type { ServerChange, ServerObserver } from "../state/server_change.ts";
import type { ServerState } from "../state/server_state.ts";
import type { Schedule } from "./schedule.ts";
import { selectServer, serverPlanOf } from "./selection.ts";

/** A transaction that waits for a server. One of the two is called, once, unless it was cancelled. */
export interface QueuedTransaction {
  /** It holds one of the server's connections now. */
  onServer(server: ServerPlan): void;
  /** `timeout queue` has passed. */
  onQueueTimeout(): void;
}

/** A place in a queue. */
export class QueueTicket implements Pending {
  order = 0;
  list: PendingList | undefined;
  previous: Pending | undefined;
  next: Pending | undefined;
  stopTimer: (() => void) | undefined;
  /** Its number in the queues it has left, counted from 1 (`%sq`, `%bq`); 0 for none. */
  serverPosition = 0;
  backendPosition = 0;
  #servedBefore = 0;

  constructor(
    readonly backend: BackendPlan,
    /** Undefined where any server will do. */
    public server: ServerPlan | undefined,
    readonly waiting: QueuedTransaction,
    readonly cx: Context,
  ) {}

  joins(list: PendingList): void {
    this.#servedBefore = list.served;
    list.append(this);
  }

  /** Only those that were served before it make its number: as HAProxy, not those that left. */
  leaves(list: PendingList): void {
    const position = list.served - this.#servedBefore + 1;
    if (this.server) this.serverPosition += position;
    else this.backendPosition += position;
    list.remove(this);
  }

  /** Leaves the queue without a word: the client has gone. */
  cancel(): void {
    leave(this);
  }
}

/**
 * The queues of requests that found every server at its `maxconn`: one for each backend and one for
 * each server, served in order of arrival over both. They hold no limit but `maxqueue` and what the
 * frontends' `maxconn` lets in.
 */
export class RequestQueues implements ServerObserver {
  #arrivals = 0;

  constructor(private readonly schedule: Schedule) {}

  /** Waits for `server`, or for any when undefined, as `selectServer` said. */
  wait(
    backend: BackendPlan,
    server: ServerPlan | undefined,
    cx: Context,
    waiting: QueuedTransaction,
  ): QueueTicket {
    const list = (server ?? backend).state.queue;
    const ticket = new QueueTicket(backend, server, waiting, cx);
    ticket.order = ++this.#arrivals;
    join(ticket, list);
    const timeoutMs = backend.timeouts.queueMs ?? backend.timeouts.connectMs;
    if (timeoutMs !== undefined) {
      ticket.stopTimer = this.schedule(timeoutMs, () => {
        ticket.stopTimer = undefined;
        leave(ticket);
        waiting.onQueueTimeout();
      });
    }
    return ticket;
  }

  /**
   * A server that went down gives its own queue away. After any change, servers that have room take
   * from the queues: another one may have become the backup that serves.
   */
  serverChanged(change: ServerChange): void {
    const { server, kind } = change;
    if (kind === "down" || kind === "maintenance") change.requeued = redistribute(server);
    if (server.usable) serveQueues(server);
    if (server.backend.queue.length === 0) return;
    for (const other of server.backend.servers) if (other.usable) serveQueues(other);
  }
}

/**
 * Ends what `selectServer` began: gives the connection's place back, and passes it to whoever has
 * waited longest.
 */
export function releaseServer(server: ServerState): void {
  server.leave();
  offerPlace(server);
}

/** Lets those who wait have the place that `ServerState.leave` gave back. */
export function offerPlace(server: ServerState): void {
  if (server.queue.length > 0 || server.backend.queue.length > 0) serveQueues(server);
}

function serveQueues(server: ServerState): void {
  for (;;) {
    const { maxconn } = server;
    if (maxconn > 0 && server.connections() >= server.connectionLimit()) return;
    const ticket = longestWaiting(server);
    if (!ticket) return;
    const plan = serverPlanOf(ticket.backend, server)!;
    const list = ticket.list!;
    leave(ticket);
    list.served++;
    server.take(ticket.cx.now);
    server.backend.count(Counter.lbtot);
    ticket.waiting.onServer(plan);
  }
}

function longestWaiting(server: ServerState): QueueTicket | undefined {
  const own = server.queue.first as QueueTicket | undefined;
  const shared = servesBackend(server) ? firstFor(server) : undefined;
  if (own && shared) return own.order < shared.order ? own : shared;
  return own ?? shared;
}

/** A backup takes from the backend's queue only while it is one that serves. */
function servesBackend(server: ServerState): boolean {
  if (!server.usable) return false;
  const { backend } = server;
  if (!server.settings.backup) return true;
  return backend.active === 0 && (backend.allBackups || server === backend.firstBackup);
}

/** Requests of an older Plan may know other servers than this one: they are passed over. */
function firstFor(server: ServerState): QueueTicket | undefined {
  for (let entry = server.backend.queue.first; entry; entry = entry.next) {
    const ticket = entry as QueueTicket;
    if (serverPlanOf(ticket.backend, server)) return ticket;
  }
  return undefined;
}

/**
 * Sends the requests that waited for one server elsewhere, where `option redispatch` allows it.
 * Those that find no place wait on in the backend's queue, until their timeout.
 */
function redistribute(server: ServerState): number {
  let moved = 0;
  let next: Pending | undefined;
  for (let entry = server.queue.first; entry; entry = next) {
    next = entry.next;
    const ticket = entry as QueueTicket;
    if (ticket.backend.redispatch === undefined) continue;
    moved++;
    moveOn(ticket, server);
  }
  return moved;
}

function moveOn(ticket: QueueTicket, from: ServerState): void {
  const { backend } = ticket;
  const selection = selectServer(backend, ticket.cx, serverPlanOf(backend, from));
  if (selection.kind === "server") {
    leave(ticket);
    ticket.waiting.onServer(selection.server);
    return;
  }
  unlink(ticket);
  ticket.server = selection.kind === "queue" ? selection.server : undefined;
  join(ticket, (ticket.server ?? backend).state.queue);
}

function join(ticket: QueueTicket, list: PendingList): void {
  ticket.joins(list);
  const { state } = ticket.backend;
  noteLength(state, state.queue.length);
  if (ticket.server) noteLength(ticket.server.state, list.length);
}

function leave(ticket: QueueTicket): void {
  ticket.stopTimer?.();
  ticket.stopTimer = undefined;
  unlink(ticket);
}

function unlink(ticket: QueueTicket): void {
  const { list, server, backend } = ticket;
  if (!list) return;
  ticket.leaves(list);
  (server ?? backend).state.counters[Counter.qcur] = list.length;
}

function noteLength(state: BackendState | ServerState, length: number): void {
  state.counters[Counter.qcur] = length;
  if (length > state.get(Counter.qmax)) state.counters[Counter.qmax] = length;
}
