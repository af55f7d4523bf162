import { Buffer } from "node:buffer";
import { settleArrivals } from "../../net/arrivals.ts";
import { flushOutbox } from "../../net/outbox.ts";
import type { Leaving } from "../close_spread.ts";
import type { IdleConnections } from "../http/idle_connections.ts";
import type { ClientListener } from "../listener.ts";
import { processFacts } from "../process_facts.ts";
import { bytesOf, type MovedDescription } from "./description.ts";

/** A client and the server behind it, or one of them alone, that stands still. */
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

/** Whether the other process can go on with such a one. */
export type Understands = (
  what: MovedDescription["kind"] | "own-servers" | "paces",
) => boolean;

/** What can't be frozen: it may be asked again, or has to end in this process. */
export type Unmovable = "not yet" | "never";

export interface FreezeLimits {
  readonly batchConnectionsMax: number;
  readonly batchDescriptorsMax: number;
  readonly batchBytesMax: number;
}

/** Connections that stand still until it is known who goes on with them. */
export interface FrozenConnections {
  readonly moved: readonly MovedDescription[];
  /** In order of `moved`. */
  readonly fds: readonly number[];
  /** What each has not sent or read yet, in order. */
  readonly bytes: Uint8Array;
}

/** A client of which there is more to say stays. */
const descriptionCharactersMax = 65536;

/** What stands still now, as it grows. */
class Batch {
  readonly moved: MovedDescription[] = [];
  readonly fds: number[] = [];
  readonly bytes: Uint8Array[] = [];
  size = 0;

  add(description: MovedDescription, { fds, bytes }: Frozen, size: number): void {
    this.moved.push(description);
    this.fds.push(...fds);
    this.bytes.push(...bytes);
    this.size += size;
  }

  /** Another one behind it. */
  join(other: Batch): FrozenConnections {
    return {
      moved: [...this.moved, ...other.moved],
      fds: [...this.fds, ...other.fds],
      bytes: Buffer.concat([...this.bytes, ...other.bytes]),
    };
  }
}

/** What may be frozen. */
interface Movable {
  freeze?(understands: Understands): Frozen | Unmovable;
  /** It has to end here. */
  retire(leaving: Leaving): void;
}

/** Takes clients out of this process one batch after the other. */
export class Mover {
  readonly #frozen = new Map<number, { readonly owner: Movable; readonly what: Frozen }>();
  /** The other process can't go on with them, and why. */
  readonly #refused = new WeakMap<Movable, string>();
  /** Those that have to end with their answer. */
  readonly #retired = new WeakSet<Movable>();
  #id = 0;

  /**
   * @param unused listeners that it does not go on with
   * @param leaving how those end that can't move
   */
  constructor(
    private readonly listeners: ReadonlyMap<ClientListener, number>,
    private readonly idle: IdleConnections,
    private readonly understands: Understands,
    private readonly unused: ReadonlySet<number>,
    private readonly leaving: Leaving,
  ) {}

  /** Freezes what can move now, within the limits; undefined when there is nothing. */
  freeze(limits: FreezeLimits): FrozenConnections | undefined {
    // What was read already is its owner's, and what it wrote goes out, before anything stands still.
    settleArrivals();
    flushOutbox();
    const clients = this.#freezeClients(limits);
    const servers = this.#freezeServers(limits, clients);
    if (clients.moved.length + servers.moved.length === 0) return undefined;
    // The clients' next requests find them in their place.
    return servers.join(clients);
  }

  #freezeClients(limits: FreezeLimits): Batch {
    const batch = new Batch();
    for (const [listener, number] of this.listeners) {
      const stays = this.unused.has(number) || !this.understands("idle-client");
      for (const client of listener.clients) {
        if (batch.moved.length >= limits.batchConnectionsMax) return batch;
        if (stays && !this.#retired.has(client)) this.#retire(client);
        this.#freeze(client, number, batch, limits);
      }
    }
    return batch;
  }

  /** Idle connections to servers go with the clients that need them. */
  #freezeServers(limits: FreezeLimits, clients: Batch): Batch {
    const batch = new Batch();
    const links = this.idle.links;
    const { length } = clients.moved;
    // Clients that are served have theirs.
    const share = length < limits.batchConnectionsMax
      ? 1
      : length / Math.max(length, processFacts.openConnections);
    const wanted = Math.min(
      Math.ceil(links.length * share),
      limits.batchDescriptorsMax - clients.fds.length,
    );
    const room = { ...limits, batchBytesMax: limits.batchBytesMax - clients.size };
    for (const link of links.reverse()) {
      if (batch.moved.length >= wanted) return batch;
      this.#freeze(link, 0, batch, room);
    }
    return batch;
  }

  /** Clients that are here yet, by why they are. */
  staying(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    const moving = new Set(Array.from(this.#frozen.values(), ({ owner }) => owner));
    for (const [listener, number] of this.listeners) {
      const served = this.unused.has(number) ? "of a socket that is gone" : "being served";
      for (const client of listener.clients) {
        const why = moving.has(client) ? "moving" : this.#refused.get(client) ?? served;
        counts.set(why, (counts.get(why) ?? 0) + 1);
      }
    }
    return counts;
  }

  letGo(ids: readonly number[]): void {
    for (const id of ids) this.#take(id)?.what.letGo();
  }

  thaw(ids: readonly number[], why: "taken back" | "refused"): void {
    for (const id of ids) {
      const entry = this.#take(id);
      if (!entry) continue;
      entry.what.thaw();
      if (why === "refused") this.#refuse(entry.owner, "refused");
    }
    flushOutbox();
  }

  /** @param listener where it came in; 0 for a connection to a server */
  #freeze(owner: Movable, listener: number, batch: Batch, limits: FreezeLimits): void {
    if (this.#refused.has(owner)) return;
    const what = owner.freeze?.(this.understands) ?? "not yet";
    if (what === "never") return this.#refuse(owner, "can't move");
    if (what === "not yet") return;
    const description = what.describe(++this.#id, listener);
    const { length } = JSON.stringify(description);
    const size = length + bytesOf(description);
    const never = length > descriptionCharactersMax || !this.understands(description.kind);
    const isFull = batch.size + size > limits.batchBytesMax ||
      batch.fds.length + what.fds.length > limits.batchDescriptorsMax;
    if (never || isFull || what.fds.some((fd) => fd < 0)) {
      what.thaw();
      return never ? this.#refuse(owner, "can't move") : undefined;
    }
    this.#frozen.set(this.#id, { owner, what });
    batch.add(description, what, size);
  }

  /** It is not offered again. */
  #refuse(owner: Movable, why: string): void {
    this.#refused.set(owner, why);
    this.#retire(owner);
  }

  #retire(owner: Movable): void {
    this.#retired.add(owner);
    owner.retire(this.leaving);
  }

  #take(id: number) {
    const entry = this.#frozen.get(id);
    this.#frozen.delete(id);
    return entry;
  }
}
