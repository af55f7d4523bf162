import type { BackendPlan } from "../config/backend_plan.ts";
import type { ServerPlan } from "../config/server_plan.ts";
import type { Context } from "../lang/context.ts";
import { Counter } from "../state/counter.ts";
import type { ServerState } from "../state/server_state.ts";
import type { Balancer } from "./balance/balancer.ts";
import { makeBalancer } from "./balance/catalog.ts";
import { serverNamedBy } from "./named_server.ts";

/**
 * Where a transaction goes. `server`: it holds one of the server's connections until
 * `releaseServer`. `queue`: all places are taken; wait for that server, or for any when there is
 * none named. `none`: no server is up, or the queue it must wait in is full (`maxqueue`).
 */
export type Selection =
  | { readonly kind: "server"; readonly server: ServerPlan; readonly direct: boolean }
  | { readonly kind: "queue"; readonly server: ServerPlan | undefined }
  | { readonly kind: "none"; readonly cause: "no-server" }
  | { readonly kind: "none"; readonly cause: "queue-full"; readonly server: ServerPlan };

const noServer: Selection = { kind: "none", cause: "no-server" };
const anyServer: Selection = { kind: "queue", server: undefined };

/** The answers that can name one server, made once. */
interface Answers {
  readonly server: ServerPlan;
  readonly balanced: Selection;
  readonly direct: Selection;
  readonly queue: Selection;
  readonly queueFull: Selection;
}

/** A backend's balancer at work for one Plan: a transaction of an older Plan keeps that one's. */
class Roster {
  readonly balancer: Balancer;
  readonly answers = new Map<ServerState, Answers>();

  constructor(backend: BackendPlan) {
    const states = backend.servers.map((server) => server.state);
    this.balancer = makeBalancer(backend.balance, backend.state, states);
    for (const server of backend.servers) {
      this.answers.set(server.state, {
        server,
        balanced: { kind: "server", server, direct: false },
        direct: { kind: "server", server, direct: true },
        queue: { kind: "queue", server },
        queueFull: { kind: "none", cause: "queue-full", server },
      });
    }
  }
}

const rosters = new WeakMap<BackendPlan, Roster>();

function rosterOf(backend: BackendPlan): Roster {
  let roster = rosters.get(backend);
  if (!roster) rosters.set(backend, roster = new Roster(backend));
  return roster;
}

/** The server as `backend`'s Plan lists it; undefined when that Plan has no such server. */
export function serverPlanOf(backend: BackendPlan, server: ServerState): ServerPlan | undefined {
  return rosterOf(backend).answers.get(server)?.server;
}

/**
 * Chooses a server: by the first `use-server` rule that holds and whose server is up, else by the
 * balancer. `previous` is the server that failed, already released: rules are over then, another
 * server is preferred, and the retry or redispatch is counted.
 *
 * @param kept the server that the client was led to before, by a cookie
 * @param last the server to which the client has a connection of its own, where that one is preferred
 */
export function selectServer(
  backend: BackendPlan,
  cx: Context,
  previous?: ServerPlan,
  kept?: ServerPlan,
  last?: ServerState,
): Selection {
  const roster = rosterOf(backend);
  if (previous === undefined && (kept || backend.useServer.length > 0)) {
    const named = namedServer(backend, cx) ?? kept;
    const selection = named && assign(backend, roster.answers.get(named.state)!, true, cx.now);
    // One whose queue is full passes the request on to the balancer where that is allowed.
    const passesOn = selection?.kind === "none" && backend.redispatch !== undefined;
    if (selection && !passesOn) return selection;
  }
  const preferred = previous === undefined && last?.usable ? roster.answers.get(last) : undefined;
  if (preferred) return assign(backend, preferred, false, cx.now);
  const chosen = roster.balancer.choose(cx, previous?.state);
  if (!chosen) return backend.state.usableServers() > 0 ? anyServer : noServer;
  const selection = assign(backend, roster.answers.get(chosen)!, false, cx.now);
  if (previous && selection.kind === "server") countAgain(backend, previous, chosen);
  return selection;
}

/**
 * Takes a connection's place on the same server again for a retry, whatever its limit says: the
 * place was this transaction's a moment ago.
 */
export function retryServer(backend: BackendPlan, server: ServerPlan, now: number): void {
  server.state.take(now);
  backend.state.count(Counter.lbtot);
  countAgain(backend, server, server.state);
}

function namedServer(backend: BackendPlan, cx: Context): ServerPlan | undefined {
  for (const rule of backend.useServer) {
    if (rule.condition && !rule.condition.holds(cx)) continue;
    const server = serverNamedBy(rule, backend, cx);
    // A server that is down passes the choice on to the rules after it.
    if (server && server.state.operational !== "stopped") return server;
  }
  return undefined;
}

function assign(backend: BackendPlan, answers: Answers, direct: boolean, now: number): Selection {
  const { state, maxqueue } = answers.server;
  if (!state.hasRoom()) {
    return maxqueue > 0 && state.queue.length >= maxqueue ? answers.queueFull : answers.queue;
  }
  state.take(now);
  backend.state.count(Counter.lbtot);
  return direct ? answers.direct : answers.balanced;
}

function countAgain(backend: BackendPlan, previous: ServerPlan, chosen: ServerState): void {
  const counter = previous.state === chosen ? Counter.wretr : Counter.wredis;
  previous.state.count(counter);
  backend.state.count(counter);
}
