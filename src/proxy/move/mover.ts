import { Buffer } from "node:buffer";
import { settleArrivals } from "../../net/arrivals.ts";
import { flushOutbox } from "../../net/outbox.ts";
import type { ClientListener, ServedConnection } from "../listener.ts";
import { bytesOf, type MovedDescription } from "./description.ts";

/** A client, and the server behind it if there is one, that stands still. */
export interface Frozen {
  /** In words that another process understands. */
  describe(id: number, listener: number): MovedDescription;
  readonly fds: readonly number[];
  /** As many as the description says, in its order. */
  readonly bytes: readonly Uint8Array[];
  /** Another process goes on: forgets it without a word to the peers. */
  letGo(): void;
  /** Goes on here as if nothing had been. */
  thaw(): void;
}

export interface FreezeLimits {
  readonly batchConnectionsMax: number;
  readonly batchBytesMax: number;
}

/** What stands still at once, in order. */
export interface FrozenConnections {
  readonly moved: readonly MovedDescription[];
  readonly fds: readonly number[];
  readonly bytes: Uint8Array;
}

/** A client of which there is more to say stays. */
const descriptionCharactersMax = 65536;

/** Takes clients out of this process one batch after the other. */
export class Mover {
  readonly #frozen = new Map<
    number,
    { readonly client: ServedConnection; readonly what: Frozen }
  >();
  /** The other process can't go on with them. */
  readonly #refused = new WeakSet<ServedConnection>();
  #id = 0;

  /** @param understands whether the other process can go on with such a one */
  constructor(
    private readonly listeners: ReadonlyMap<ClientListener, number>,
    private readonly understands: (kind: MovedDescription["kind"]) => boolean,
  ) {}

  /** Freezes what can move now, within the limits; undefined when there is nothing. */
  freeze(limits: FreezeLimits): FrozenConnections | undefined {
    // What was read already is its owner's, and what it wrote goes out, before anything stands still.
    settleArrivals();
    flushOutbox();
    const moved: MovedDescription[] = [];
    const fds: number[] = [];
    const bytes: Uint8Array[] = [];
    let size = 0;
    for (const [listener, number] of this.listeners) {
      for (const client of listener.clients) {
        if (moved.length >= limits.batchConnectionsMax) break;
        const frozen = this.#freeze(client, number, limits.batchBytesMax - size);
        if (!frozen) continue;
        moved.push(frozen.description);
        fds.push(...frozen.what.fds);
        bytes.push(...frozen.what.bytes);
        size += frozen.size;
      }
    }
    return moved.length === 0 ? undefined : { moved, fds, bytes: Buffer.concat(bytes) };
  }

  letGo(ids: readonly number[]): void {
    for (const id of ids) this.#take(id)?.what.letGo();
  }

  thaw(ids: readonly number[], why: "taken back" | "refused"): void {
    for (const id of ids) {
      const entry = this.#take(id);
      if (!entry) continue;
      if (why === "refused") this.#refused.add(entry.client);
      entry.what.thaw();
    }
    flushOutbox();
  }

  #freeze(client: ServedConnection, listener: number, bytesMax: number) {
    if (this.#refused.has(client)) return undefined;
    const what = client.freeze?.();
    if (!what) return undefined;
    const description = what.describe(++this.#id, listener);
    const { length } = JSON.stringify(description);
    const size = length + bytesOf(description);
    const never = length > descriptionCharactersMax || !this.understands(description.kind);
    if (never || size > bytesMax || what.fds.some((fd) => fd < 0)) {
      if (never) this.#refused.add(client);
      what.thaw();
      return undefined;
    }
    this.#frozen.set(this.#id, { client, what });
    return { description, what, size };
  }

  #take(id: number) {
    const entry = this.#frozen.get(id);
    this.#frozen.delete(id);
    return entry;
  }
}
