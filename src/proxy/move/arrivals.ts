import { serverPlace } from "../../backend/server_target.ts";
import { adoptSocket } from "../../net/adopted_socket.ts";
import type { Connection } from "../../net/connection.ts";
import type { ClientListener, ListenerHost } from "../listener.ts";
import {
  bytesOf,
  descriptorsOf,
  type IdleClientDescription,
  type IdleServerDescription,
  type MovedDescription,
} from "./description.ts";
import { FrozenConnection } from "./frozen_connection.ts";
import {
  type FrozenSides,
  reviveIdleClient,
  reviveIdleServer,
  reviveTcpPipe,
  reviveTunnel,
  serverOf,
} from "./revive.ts";

/** A connection that came from another process and is not ours yet: nothing reads or writes it. */
interface Prepared {
  readonly fds: readonly number[];
  /** It is ours from now on. */
  goOn(): void;
}

type ClientKind = Exclude<MovedDescription, IdleServerDescription>;
type Home = Pick<ListenerHost, "plan" | "idle">;

/** Why this process can't go on with a connection. */
export interface Refused {
  readonly id: number;
  readonly reason: string;
}

/** Takes clients of another process in, one batch after the other. */
export class Arrivals {
  #prepared: Prepared[] = [];

  /**
   * @param close closes a descriptor and nothing else
   * @param home where connections to servers wait
   * @param listeners by the numbers that the other process gave them
   */
  constructor(
    private readonly close: (fd: number) => void,
    private readonly home: Home,
    private readonly listeners: ReadonlyMap<number, ClientListener>,
  ) {}

  /** Holds those that this process can go on with; the descriptors of the others are closed. */
  prepare(
    moved: readonly MovedDescription[],
    fds: readonly number[],
    bytes: Uint8Array,
  ): Refused[] {
    const refused: Refused[] = [];
    let fdAt = 0;
    let byteAt = 0;
    for (const described of moved) {
      const own = fds.slice(fdAt, fdAt += descriptorsOf(described));
      const unsent = bytes.subarray(byteAt, byteAt += bytesOf(described));
      const goOn = unsent.length < bytesOf(described)
        ? "bytes are missing"
        : this.#howToGoOn(described, own, unsent);
      if (typeof goOn !== "string") this.#prepared.push({ fds: own, goOn });
      else {
        for (const fd of own) this.close(fd);
        refused.push({ id: described.id, reason: goOn });
      }
    }
    return refused;
  }

  activate(): void {
    for (const prepared of this.#prepared.splice(0)) prepared.goOn();
  }

  /** They stay with the other process. */
  forget(): void {
    for (const { fds } of this.#prepared.splice(0)) for (const fd of fds) this.close(fd);
  }

  /** Or why this process can't. */
  #howToGoOn(
    described: MovedDescription,
    fds: readonly number[],
    unsent: Uint8Array,
  ): (() => void) | string {
    if (described.kind === "idle-server") {
      const { home } = this;
      const leads = serverOf(home.plan, described)?.server;
      if (!leads) return "its server is gone";
      if (serverPlace(leads) !== described.place) return "its server is elsewhere";
      return () => {
        adoptSocket(fds[0]!, "reading", (connection) => {
          reviveIdleServer(connection, home, described);
        }, () => {});
      };
    }
    const listener = this.listeners.get(described.listener);
    if (!listener) return "its listener is gone";
    return whyNot(described, listener) ?? (() => goOn(described, listener, fds, unsent));
  }
}

function whyNot(described: ClientKind, listener: ClientListener): string | undefined {
  switch (described.kind) {
    case "idle-client":
      return whyNotHttp(described, listener);
    case "tcp-pipe":
      return serverOf(listener.plan, described.stream) ? undefined : "its server is gone";
    case "tunnel":
      return serverOf(listener.plan, described.exchange) ? undefined : "its server is gone";
  }
}

function whyNotHttp(
  { upgraded, firstBackend }: IdleClientDescription,
  { frontend, plan }: ClientListener,
): string | undefined {
  if (frontend.mode !== "http" && !upgraded) return "its frontend speaks no HTTP now";
  if (firstBackend === null) return undefined;
  return plan.backends.get(firstBackend)?.mode === "http" ? undefined : "its backend is gone";
}

function goOn(
  described: ClientKind,
  listener: ClientListener,
  fds: readonly number[],
  bytes: Uint8Array,
): void {
  switch (described.kind) {
    case "idle-client":
      return goOnIdle(described, listener, fds, bytes);
    case "tcp-pipe":
      return adoptBoth(fds, (sides) => reviveTcpPipe(sides, listener, described, bytes));
    case "tunnel":
      return adoptBoth(fds, (sides) => reviveTunnel(sides, listener, described, bytes));
  }
}

/** What is a client's own is here before the client, which may ask at once: one after the other. */
function goOnIdle(
  described: IdleClientDescription,
  listener: ClientListener,
  [client, ...own]: readonly number[],
  bytes: Uint8Array,
  servers: readonly (FrozenConnection | undefined)[] = [],
): void {
  const fd = own[servers.length];
  if (fd === undefined) {
    return adoptSocket(
      client!,
      "reading",
      (connection) => reviveIdleClient(connection, listener, described, bytes, servers),
      () => servers.forEach((server) => server?.connection.close()),
    );
  }
  const goOnWith = (server: FrozenConnection | undefined) =>
    goOnIdle(described, listener, [client!, ...own], bytes, [...servers, server]);
  adoptSocket(
    fd,
    "paused",
    (connection) => goOnWith(new FrozenConnection(connection)),
    () => goOnWith(undefined),
  );
}

/** What comes of either waits until both are here; when one is gone already, so is the other. */
function adoptBoth(fds: readonly number[], opened: (sides: FrozenSides) => void): void {
  const here: (FrozenConnection | undefined)[] = [undefined, undefined];
  let failed = false;
  fds.forEach((fd, i) => {
    adoptSocket(fd, "paused", (connection: Connection) => {
      if (failed) return connection.close();
      here[i] = new FrozenConnection(connection);
      const [client, server] = here;
      if (client && server) opened({ client, server });
    }, () => {
      failed = true;
      for (const frozen of here) frozen?.connection.close();
    });
  });
}
