import { Buffer } from "node:buffer";
import { clock } from "../../net/clock.ts";
import { timers } from "../../net/timers.ts";
import type { ClientHttp1 } from "../http/client_http1.ts";
import type { IdleClientDescription } from "./description.ts";
import { FrozenConnection } from "./frozen_connection.ts";
import type { FrozenServer } from "./frozen_server.ts";
import type { Frozen } from "./mover.ts";

/** A client between two requests that stands still, and with it the connections that are its own. */
export class FrozenClient implements Frozen {
  readonly #connection: FrozenConnection;
  readonly #deadline: number;
  readonly bytes: readonly Uint8Array[];

  /** @param unread what of its next head has come, as latin1 */
  constructor(
    private readonly client: ClientHttp1,
    unread: string,
    private readonly own: readonly FrozenServer[],
  ) {
    this.#connection = new FrozenConnection(client.connection);
    this.#deadline = client.deadline;
    this.bytes = [Buffer.from(unread, "latin1")];
    timers.clear(client);
  }

  get fds(): readonly number[] {
    return [this.#connection.fd, ...this.own.flatMap(({ fds }) => fds)];
  }

  describe(id: number, listener: number): IdleClientDescription {
    const { client } = this;
    return {
      kind: "idle-client",
      id,
      listener,
      client: client.describe(),
      unread: this.bytes[0]!.length,
      idleFor: clock.now - client.idleSince,
      timeoutMs: remainingMs(this.#deadline),
      upgraded: client.frontend.mode === "tcp",
      firstBackend: client.upgraded?.backend?.name ?? null,
      own: this.own.map((server) => server.describeOwn()),
    };
  }

  letGo(): void {
    // A client that goes closes what is its own, and would say so to the server.
    for (const server of this.own) server.letGo();
    this.client.letGo();
  }

  thaw(): void {
    for (const server of this.own) server.thaw();
    timers.setAt(this.client, this.#deadline);
    this.#connection.thaw(true);
  }
}

/** What is left until a deadline; null for ever. */
export function remainingMs(deadline: number): number | null {
  return deadline === Infinity ? null : Math.max(0, deadline - clock.now);
}
