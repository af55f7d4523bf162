import type { Observation } from "../backend/health/observe.ts";
import { offerPlace, type QueueTicket } from "../backend/queue.ts";
import { type NextAttempt, nextAttempt } from "../backend/retry.ts";
import { rdpServer } from "../backend/persistence/rdp_server.ts";
import { retryServer, selectServer } from "../backend/selection.ts";
import type { ServerPlan } from "../config/server_plan.ts";
import { clock } from "../net/clock.ts";
import { flushOutbox } from "../net/outbox.ts";
import { Timer, timers } from "../net/timers.ts";
import { countServerError, countUnserved } from "./counting.ts";
import type { Stream } from "./stream.ts";

/** Finds a server for the stream, which then connects to it or is refused. */
export function findServer(stream: Stream): void {
  stream.queuedAt = clock.now;
  choose(stream, undefined);
}

function choose(stream: Stream, failed: ServerPlan | undefined): void {
  const selection = selectServer(
    stream.backendPlan!,
    stream,
    failed,
    stream.persistence?.server ?? rdpServer(stream.backendPlan!, stream),
    stream.lastServer,
  );
  switch (selection.kind) {
    case "server":
      stream.direct = selection.direct;
      return assign(stream, selection.server);
    case "queue":
      return enqueue(stream, selection.server);
    case "none":
      // The log names the server whose queue was full.
      if (selection.cause === "queue-full") stream.serverPlan = selection.server;
      countUnserved(stream, selection.cause === "queue-full" ? selection.server : undefined);
      stream.terminate(selection.cause === "queue-full" ? "SQ" : "SC");
      return stream.refuse();
  }
}

function assign(stream: Stream, server: ServerPlan): void {
  stream.serverPlan = server;
  stream.holdsServer = true;
  if (stream.connectAt < 0) stream.connectAt = clock.now;
  stream.connectTo(server);
}

function enqueue(stream: Stream, server: ServerPlan | undefined): void {
  const { queues } = stream.client.listener.host;
  const ticket = queues.wait(stream.backendPlan!, server, stream, {
    onServer(chosen) {
      clock.tick();
      leaveQueue(stream, ticket);
      assign(stream, chosen);
      flushOutbox();
    },
    onQueueTimeout() {
      clock.tick();
      leaveQueue(stream, ticket);
      countUnserved(stream, server);
      stream.terminate("sQ");
      stream.refuse();
      flushOutbox();
    },
  });
  stream.place = ticket;
}

function leaveQueue(stream: Stream, ticket: QueueTicket): void {
  stream.place = undefined;
  stream.serverQueuePosition += ticket.serverPosition;
  stream.backendQueuePosition += ticket.backendPosition;
}

/** The connection could not be made: tries again where the backend allows it, else gives up. */
export function attemptFailed(
  stream: Stream,
  server: ServerPlan,
  cause: "timeout" | "refused",
): void {
  const plan = stream.backendPlan!;
  if (leaveServer(stream)) offerPlace(server.state);
  countServerError(stream, "connect");
  observe(stream, server, "connect-failed");
  const next = plan.retryOn.has("conn-failure")
    ? nextAttempt(plan, server, stream.connectAttempts, stream.direct)
    : { kind: "give-up" as const };
  if (next.kind === "give-up") {
    stream.terminate((cause === "timeout" ? "s" : "S") + "C");
    return stream.refuse();
  }
  tryAgain(stream, server, next, next.delayMs);
}

/** Goes to the same server again or to another one, after a pause; the place is given back. */
export function tryAgain(
  stream: Stream,
  server: ServerPlan,
  next: Exclude<NextAttempt, { kind: "give-up" }>,
  delayMs: number,
): void {
  stream.connectAttempts++;
  if (next.kind === "another-server") {
    stream.redispatched = true;
    return after(stream, delayMs, () => choose(stream, server));
  }
  after(stream, delayMs, () => {
    retryServer(stream.backendPlan!, server, stream.now);
    assign(stream, server);
  });
}

/** Goes on after a pause, unless the client leaves meanwhile. */
function after(stream: Stream, ms: number, then: () => void): void {
  if (ms === 0) return then();
  stream.turnAround = new Timer(() => {
    clock.tick();
    if (!stream.over) then();
    flushOutbox();
  });
  timers.set(stream.turnAround, ms);
}

/** Lets the health checks know (`observe`). */
export function observe(stream: Stream, server: ServerPlan, seen: Observation): void {
  if (server.observe !== "none") stream.client.listener.host.observeServer(server, seen);
}

/**
 * Gives the server's place back, if it holds one: true means that the place is to be offered to those
 * who wait, once a connection that they may use is back in the pool.
 */
export function leaveServer(stream: Stream): boolean {
  if (!stream.holdsServer) return false;
  stream.holdsServer = false;
  stream.serverPlan!.state.leave();
  return true;
}

/** Stops waiting for a server. */
export function stopWaiting(stream: Stream): void {
  const { place } = stream;
  if (place) {
    place.cancel();
    leaveQueue(stream, place);
  }
  if (stream.turnAround) timers.forget(stream.turnAround);
}
