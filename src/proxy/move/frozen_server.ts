import { serverPlace } from "../../backend/server_target.ts";
import { timers } from "../../net/timers.ts";
import type { ServerHttp1 } from "../http/server_http1.ts";
import type { IdleServerDescription, OwnServerDescription } from "./description.ts";
import { remainingMs } from "./frozen_client.ts";
import { FrozenConnection } from "./frozen_connection.ts";
import type { Frozen } from "./mover.ts";

/** An idle connection to a server that stands still: no request of this process gets it meanwhile. */
export class FrozenServer implements Frozen {
  readonly #connection: FrozenConnection;
  readonly #deadline: number;
  readonly bytes: readonly Uint8Array[] = [];

  constructor(private readonly link: ServerHttp1) {
    link.pool.remove(link);
    this.#connection = new FrozenConnection(link.connection);
    this.#deadline = link.deadline;
    timers.clear(link);
  }

  get fds(): readonly number[] {
    return [this.#connection.fd];
  }

  describe(id: number): IdleServerDescription {
    return { kind: "idle-server", id, ...this.describeOwn() };
  }

  /** As one that goes with the client whose own it is. */
  describeOwn(): OwnServerDescription {
    const { server, poolKey, uses, serves } = this.link;
    return {
      backend: server.state.backend.name,
      server: server.name,
      place: serverPlace(server),
      poolKey,
      uses,
      authenticated: serves === "authenticated client",
      timeoutMs: remainingMs(this.#deadline),
    };
  }

  letGo(): void {
    const { connection } = this.link;
    this.link.forget();
    connection.letGo();
  }

  thaw(): void {
    timers.setAt(this.link, this.#deadline);
    this.link.pool.putBack(this.link);
    this.#connection.thaw(true);
  }
}
