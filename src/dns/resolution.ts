import type { Address } from "../lang/address.ts";
import { orderKey } from "./choice.ts";
import { type AddressType, type Question, recordType } from "./message.ts";
import type { NameServer } from "./name_server.ts";
import type { ResolverSettings } from "./settings.ts";
import type { FaultCounter, Status, Verdict } from "./verdict.ts";

/** Whoever wants to know what a name stands for, as long as it follows the name. */
export interface Requester {
  /**
   * There is a good answer.
   *
   * @param by the name server that gave it; undefined for all but the first that is told
   */
  answered(resolution: Resolution, by: NameServer | undefined): void;
  /** The name servers had no good answer, however often they were asked. */
  failed(resolution: Resolution): void;
}

/** What a resolution needs of the section that it belongs to. */
export interface ResolutionHost {
  readonly settings: ResolverSettings;
  now(): number;
  /** Calls `fn` once in `ms`; the answer takes it back. */
  schedule(ms: number, fn: () => void): () => void;
  /** A number that no other resolution is waiting with; undefined when too many wait. */
  begin(resolution: Resolution): number | undefined;
  /** Nothing is waited for under that number any more. */
  end(id: number): void;
  /** Asks every name server; returns how many could be. */
  ask(id: number, question: Question): number;
}

/** Addresses of a name that are kept at once, those that no answer has any more included. */
const addressesMax = 1024;

interface Known {
  readonly address: Address;
  readonly key: number;
  lastSeen: number;
}

const otherType: Readonly<Record<AddressType, AddressType>> = {
  [recordType.a]: recordType.aaaa,
  [recordType.aaaa]: recordType.a,
};

/**
 * One name under one preferred family, for all who follow it. It is asked for as HAProxy does:
 * the preferred type first; after a bad answer the other one, at once; both again when
 * `timeout retry` is over, `resolve_retries` times in all.
 */
export class Resolution {
  /** In HAProxy's order. */
  addresses: readonly Address[] = [];
  /** What the last run came to. */
  status: "none" | "valid" | Status = "none";
  lastValid = -Infinity;
  /** When the last run was over. */
  lastEnd = -Infinity;
  readonly requesters = new Set<Requester>();
  readonly #known = new Map<string, Known>();
  #id = -1;
  #type: AddressType;
  #left = 0;
  #queries = 0;
  readonly #heard = new Set<NameServer>();
  #cancel: (() => void) | undefined;

  /** @param key what the section knows it by */
  constructor(
    readonly key: string,
    readonly name: string,
    private readonly preferred: AddressType,
    private readonly host: ResolutionHost,
  ) {
    this.#type = preferred;
  }

  get running(): boolean {
    return this.#id >= 0;
  }

  get question(): Question {
    return { name: this.name, type: this.#type };
  }

  /** Asks now, unless that is under way. */
  start(): void {
    if (this.running) return;
    this.#cancel?.();
    const id = this.host.begin(this);
    if (id === undefined) {
      this.status = "other";
      return this.#fail();
    }
    this.#id = id;
    this.#left = Math.max(1, this.host.settings.retries);
    this.#tryPreferred();
  }

  /** Nobody follows it any more. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.running) this.host.end(this.#id);
    this.#id = -1;
  }

  /** A name server has answered the question. */
  heard(verdict: Exclude<Verdict, { kind: "foreign" }>, from: NameServer): void {
    if (verdict.kind === "valid") return this.#succeed(verdict.addresses, from);
    // One that says the same twice has not spoken for another one.
    if (this.#heard.has(from)) return;
    this.#heard.add(from);
    from.counters[verdict.counter satisfies FaultCounter]++;
    this.status = verdict.status;
    if (this.#heard.size < this.#queries) return;
    if (this.#type === this.preferred) this.#send(otherType[this.preferred]);
    else if (this.#left === 0) this.#fail();
  }

  #tryPreferred(): void {
    this.#left--;
    this.#send(this.preferred);
  }

  #send(type: AddressType): void {
    this.#cancel?.();
    this.#type = type;
    this.#heard.clear();
    this.#queries = this.host.ask(this.#id, this.question);
    this.#cancel = this.host.schedule(this.host.settings.retryMs, () => this.#late());
  }

  /** Not all have answered in time, or all have badly. */
  #late(): void {
    if (this.#left === 0) {
      if (this.#heard.size === 0) this.status = "timeout";
      return this.#fail();
    }
    if (this.#heard.size > 0 && this.#type === this.preferred) this.#send(otherType[this.#type]);
    else this.#tryPreferred();
  }

  #succeed(addresses: readonly Address[], from: NameServer): void {
    const now = this.host.now();
    this.status = "valid";
    this.lastValid = now;
    from.counters.valid++;
    this.#remember(addresses, now);
    this.#finish(now);
    let by: NameServer | undefined = from;
    for (const requester of [...this.requesters]) {
      requester.answered(this, by);
      by = undefined;
    }
  }

  #fail(): void {
    this.#finish(this.host.now());
    for (const requester of [...this.requesters]) requester.failed(this);
  }

  #finish(now: number): void {
    this.stop();
    this.lastEnd = now;
    this.#cancel = this.host.schedule(this.host.settings.resolveMs, () => this.start());
  }

  #remember(addresses: readonly Address[], now: number): void {
    for (const address of addresses) {
      const known = this.#known.get(String(address));
      if (known) known.lastSeen = now;
      else this.#known.set(String(address), { address, key: orderKey(address), lastSeen: now });
    }
    const oldest = now - this.host.settings.holdObsoleteMs;
    for (const [text, { lastSeen }] of this.#known) {
      const isTooMany = this.#known.size > addressesMax && lastSeen < now;
      if (lastSeen < oldest || isTooMany) this.#known.delete(text);
    }
    this.addresses = [...this.#known.values()].sort((one, other) => one.key - other.key)
      .map(({ address }) => address);
  }
}
