import type { BackendPlan, Plan, ServerPlan } from "../../config/plan.ts";
import type { Connection } from "../../net/connection.ts";
import { clock } from "../../net/clock.ts";
import { Outbox } from "../../net/outbox.ts";
import { timers } from "../../net/timers.ts";
import { ClientHttp1 } from "../client_http1.ts";
import { ConnectedClient } from "../client_facts.ts";
import type { ClientListener } from "../listener.ts";
import type { PipeEnd } from "../pipe.ts";
import { TcpClient } from "../tcp/tcp_client.ts";
import type {
  EndDescription,
  IdleClientDescription,
  StreamDescription,
  TcpPipeDescription,
} from "./description.ts";
import type { FrozenConnection } from "./frozen_connection.ts";

/**
 * Goes on with a client that another process had between two requests.
 *
 * @param unread what that one had read of the next request
 */
export function reviveIdleClient(
  connection: Connection,
  listener: ClientListener,
  described: IdleClientDescription,
  unread: Uint8Array,
): void {
  const earlier = new ConnectedClient(connection, listener);
  earlier.revive(described.client);
  const client = new ClientHttp1(connection, listener, earlier);
  client.idleSince = clock.now - described.idleFor;
  listener.takeIn(client);
  connection.handler = client;
  const left = described.timeoutMs ?? Infinity;
  timers.set(client, left);
  if (unread.length === 0) return;
  client.onData(unread);
  // A head that has begun does not get the time for it again.
  if (client.state === "head") timers.set(client, left);
}

/** Where a stream goes under this Plan; undefined when that is no more. */
export function serverOf(
  plan: Plan,
  { backend: name, server: serverName }: StreamDescription,
): { readonly backend: BackendPlan; readonly server: ServerPlan } | undefined {
  const backend = plan.backends.get(name);
  const server = backend?.servers.find((one) => one.name === serverName);
  return backend && server && { backend, server };
}

/**
 * Goes on with two connections that were one pipe in another process.
 *
 * @param unsent what that one had read and not written: for the client, then for the server
 */
export function reviveTcpPipe(
  clientSide: FrozenConnection,
  serverSide: FrozenConnection,
  listener: ClientListener,
  described: TcpPipeDescription,
  unsent: Uint8Array,
): void {
  const places = serverOf(listener.plan, described.stream);
  if (!places) {
    // A reload came between: as if it had closed both.
    for (const { connection } of [clientSide, serverSide]) connection.close();
    return;
  }
  const { backend, server } = places;
  const earlier = new ConnectedClient(clientSide.connection, listener);
  earlier.revive(described.client);
  const client = new TcpClient(clientSide.connection, listener, earlier);
  listener.takeIn(client);
  const { stream } = client;
  stream.revive(described.stream, backend, server);
  const out = new Outbox();
  out.connection = serverSide.connection;
  const { connection } = serverSide;
  const pipe = stream.goOn({ server, connection, out, abandon: () => connection.close() });
  const { clientEnd, serverEnd } = described;
  pipe.client.shut = clientEnd.shut;
  pipe.server.shut = serverEnd.shut;
  client.out.bytes(unsent, 0, clientEnd.pending);
  out.bytes(unsent, clientEnd.pending, clientEnd.pending + serverEnd.pending);
  pipe.start(clientEnd.ended, serverEnd.ended);
  keepDeadline(pipe.client, clientEnd);
  keepDeadline(pipe.server, serverEnd);
  clientSide.thaw(!pipe.client.paused, pipe.client);
  serverSide.thaw(!pipe.server.paused, pipe.server);
}

/** Nobody gets the time for a silence again by moving. */
function keepDeadline(end: PipeEnd, { timeoutMs }: EndDescription): void {
  if (timeoutMs !== null && end.deadline !== Infinity) timers.set(end, timeoutMs);
}
