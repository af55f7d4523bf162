import type { Plan } from "../../config/plan.ts";
import type { Connection } from "../../net/connection.ts";
import { serverPlace } from "../../backend/server_target.ts";
import type { ServerPlan } from "../../config/server_plan.ts";
import { clock } from "../../net/clock.ts";
import { Outbox } from "../../net/outbox.ts";
import { timers } from "../../net/timers.ts";
import { ClientHttp1 } from "../http/client_http1.ts";
import { ConnectedClient } from "../client_facts.ts";
import type { ClientListener, ListenerHost } from "../listener.ts";
import type { Pipe, PipeEnd } from "../pipe.ts";
import type { IdleConnections } from "../http/idle_connections.ts";
import { ServerHttp1 } from "../http/server_http1.ts";
import { TcpClient } from "../tcp/tcp_client.ts";
import { resumeTunnel } from "../http/tunnel.ts";
import type {
  ClientDescription,
  EndDescription,
  IdleClientDescription,
  IdleServerDescription,
  OwnServerDescription,
  StreamDescription,
  TcpPipeDescription,
  TunnelDescription,
} from "./description.ts";
import { reviveExchange } from "./exchange_words.ts";
import type { FrozenConnection } from "./frozen_connection.ts";
import { revivePaces } from "./pace_words.ts";
import { type Places, reviveStream } from "./stream_words.ts";

/**
 * Goes on with a client that another process had between two requests.
 *
 * @param unread what that one had read of the next request
 * @param own the connections to servers that are its own, as they are described; undefined for one that is gone
 */
export function reviveIdleClient(
  connection: Connection,
  listener: ClientListener,
  described: IdleClientDescription,
  unread: Uint8Array,
  own: readonly (FrozenConnection | undefined)[],
): void {
  const earlier = new ConnectedClient(connection, listener);
  earlier.revive(described.client);
  const client = new ClientHttp1(connection, listener, earlier);
  client.idleSince = clock.now - described.idleFor;
  const backend = listener.plan.backends.get(described.firstBackend ?? "");
  if (backend) client.upgraded = { backend, paces: undefined };
  listener.takeIn(client);
  connection.handler = client;
  const left = described.timeoutMs ?? Infinity;
  timers.set(client, left);
  described.own.forEach((one, i) => own[i] && reviveOwnServer(own[i], client, one));
  if (unread.length === 0) return;
  client.onData(unread);
  // A head that has begun does not get the time for it again.
  if (client.state === "head") timers.set(client, left);
}

/** Keeps a connection for the requests of this process that another one had kept for its own. */
export function reviveIdleServer(
  connection: Connection,
  { plan, idle }: Pick<ListenerHost, "plan" | "idle">,
  described: IdleServerDescription,
): void {
  const server = serverOf(plan, described)?.server;
  if (!server) return connection.close();
  const link = revivedLink(connection, server, idle, described);
  connection.handler = link;
  idle.takeIn(link);
  keepWaiting(link, described);
}

function revivedLink(
  connection: Connection,
  server: ServerPlan,
  idle: IdleConnections,
  { poolKey, uses }: IdleServerDescription | OwnServerDescription,
): ServerHttp1 {
  const link = new ServerHttp1(server, idle, undefined, undefined, connection, "", poolKey);
  link.uses = uses;
  return link;
}

/** It waits no longer than it would have elsewhere. */
function keepWaiting(
  link: ServerHttp1,
  { timeoutMs }: IdleServerDescription | OwnServerDescription,
): void {
  if (link.state === "idle") timers.set(link, timeoutMs ?? Infinity);
}

/** Keeps it for the one client that may use it, if it still leads where it should. */
function reviveOwnServer(
  own: FrozenConnection,
  client: ClientHttp1,
  described: OwnServerDescription,
): void {
  const { connection } = own;
  const { plan, idle } = client.listener;
  const places = serverOf(plan, described);
  const isOwn = described.authenticated || places?.backend.reuse === "never";
  if (!places || !isOwn || serverPlace(places.server) !== described.place) {
    return connection.close();
  }
  const link = revivedLink(connection, places.server, idle, described);
  link.lastClient = client;
  link.serves = described.authenticated ? "authenticated client" : "one client";
  if (!client.keepOwn(link)) return connection.close();
  idle.keep(link);
  keepWaiting(link, described);
  own.thaw(true, link);
}

/** Where a stream goes under this Plan; undefined when that is no more. */
export function serverOf(
  plan: Plan,
  { backend: name, server: serverName }: Pick<StreamDescription, "backend" | "server">,
): Places | undefined {
  const backend = plan.backends.get(name);
  const server = backend?.servers.find((one) => one.name === serverName);
  return backend && server && { backend, server };
}

/** Goes on with a stream in TCP mode whose two connections were one pipe in another process. */
export function reviveTcpPipe(
  sides: FrozenSides,
  listener: ClientListener,
  described: TcpPipeDescription,
  unsent: Uint8Array,
): void {
  const places = serverOf(listener.plan, described.stream);
  if (!places) return closeBoth(sides);
  const { connection } = sides.server;
  const earlier = revivedClient(sides, listener, described.client);
  const client = new TcpClient(sides.client.connection, listener, earlier);
  listener.takeIn(client);
  const { stream } = client;
  reviveStream(stream, described.stream, places, "req");
  stream.paces = revivePaces(described.stream.paces);
  const out = new Outbox();
  out.connection = connection;
  const { server } = places;
  const pipe = stream.goOn({ server, connection, out, abandon: () => connection.close() });
  startAgain(pipe, sides, described, unsent);
}

/** Goes on with a request that had made one pipe of its two connections in another process. */
export function reviveTunnel(
  sides: FrozenSides,
  listener: ClientListener,
  described: TunnelDescription,
  unsent: Uint8Array,
): void {
  const places = serverOf(listener.plan, described.exchange);
  if (!places) return closeBoth(sides);
  const earlier = revivedClient(sides, listener, described.client);
  const client = new ClientHttp1(sides.client.connection, listener, earlier);
  listener.takeIn(client);
  const x = reviveExchange(client, described.exchange, places);
  client.exchange = x;
  const { connection } = sides.server;
  x.link = new ServerHttp1(places.server, listener.idle, x, undefined, connection, "", "");
  startAgain(resumeTunnel(x), sides, described, unsent);
}

/** Two connections that came together. */
export interface FrozenSides {
  readonly client: FrozenConnection;
  readonly server: FrozenConnection;
}

/** A reload came between, and the server is gone: as if it had closed both. */
function closeBoth({ client, server }: FrozenSides): void {
  client.connection.close();
  server.connection.close();
}

function revivedClient(
  { client }: FrozenSides,
  listener: ClientListener,
  described: ClientDescription,
): ConnectedClient {
  const revived = new ConnectedClient(client.connection, listener);
  revived.revive(described);
  return revived;
}

/** @param unsent what the other process had read and not written, see `bytesOf` */
function startAgain(
  pipe: Pipe,
  sides: FrozenSides,
  { clientEnd, serverEnd }: TcpPipeDescription | TunnelDescription,
  unsent: Uint8Array,
): void {
  pipe.client.shut = clientEnd.shut;
  pipe.server.shut = serverEnd.shut;
  let at = 0;
  pipe.client.out.bytes(unsent, at, at += clientEnd.pending);
  pipe.server.out.bytes(unsent, at, at += serverEnd.pending);
  pipe.client.pass(unsent.subarray(at, at += clientEnd.held));
  pipe.server.pass(unsent.subarray(at, at += serverEnd.held));
  pipe.start(clientEnd.ended, serverEnd.ended);
  keepDeadline(pipe.client, clientEnd);
  keepDeadline(pipe.server, serverEnd);
  sides.client.thaw(!pipe.client.paused, pipe.client);
  sides.server.thaw(!pipe.server.paused, pipe.server);
}

/** Nobody gets the time for a silence again by moving. */
function keepDeadline(end: PipeEnd, { timeoutMs }: EndDescription): void {
  if (timeoutMs !== null && end.deadline !== Infinity) timers.set(end, timeoutMs);
}
