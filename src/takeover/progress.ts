import type { MovedDescription } from "../proxy/move/description.ts";
import type { Says } from "./message.ts";

export type TakeoverPhase = "listeners" | "probation" | "moving";

/** In the order in which they are told. */
const kinds: readonly MovedDescription["kind"][] = [
  "idle-client",
  "tcp-pipe",
  "tunnel",
  "idle-server",
];

/** Where a takeover stands, and what has moved. */
export class Progress {
  /** Moved connections by kind. */
  readonly counts = new Map<MovedDescription["kind"], number>();
  /** Refused ones by reason. */
  readonly refusals = new Map<string, number>();
  /** The successor was told to accept: it may have clients of its own. */
  mayServe = false;
  /** Client connections that have not moved, as the successor was told … */
  left = 0;
  /** … and by why they stay, where that is known. */
  staying: ReadonlyMap<string, number> = new Map();
  /** What an operator should know of this phase; "" for nothing. */
  note = "";
  /** Connections by how long they stood still, in whole milliseconds. */
  readonly #freezes = new Map<number, number>();

  /** @param tellWaiting what the old process waits for, when that has changed */
  constructor(
    private readonly tell: (phase: TakeoverPhase) => void,
    private readonly tellWaiting: (text: string) => void = () => {},
  ) {}

  phase(phase: TakeoverPhase, note = ""): void {
    this.note = note;
    this.tell(phase);
  }

  waits(text: string): void {
    this.tellWaiting(text);
  }

  moved(batch: readonly MovedDescription[], said: Says<"prepared">, frozenMs: number): void {
    const taken = new Set(said.taken);
    for (const { id, kind } of batch) {
      if (taken.has(id)) this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    }
    for (const { reason } of said.refused) {
      this.refusals.set(reason, (this.refusals.get(reason) ?? 0) + 1);
    }
    const whole = Math.ceil(frozenMs);
    this.#freezes.set(whole, (this.#freezes.get(whole) ?? 0) + said.taken.length);
  }

  /** Longest time that a connection stood still. */
  get longestFreezeMs(): number {
    return Math.max(0, ...this.#freezes.keys());
  }

  /** 99 of 100 connections stood still no longer. */
  get p99FreezeMs(): number {
    const freezes = [...this.#freezes].sort(([a], [b]) => b - a);
    const hundredth = freezes.reduce((total, [, count]) => total + count, 0) / 100;
    let longer = 0;
    return freezes.find(([, count]) => (longer += count) > hundredth)?.[0] ?? 0;
  }

  /** What has moved, in words. */
  get summary(): string {
    const byKind = kinds.map((kind): [string, number] => [kind, this.counts.get(kind) ?? 0])
      .filter(([, count]) => count > 0);
    const moved = byKind.length === 0 ? "no connection" : countsText(byKind);
    const refused = this.refusals.size === 0 ? "" : `, refused: ${countsText(this.refusals)}`;
    const freeze = this.counts.size === 0
      ? ""
      : `, longest freeze ${this.longestFreezeMs} ms, 99 % up to ${this.p99FreezeMs} ms`;
    return `moved ${moved}${refused}${freeze}`;
  }
}

/** Counts by what they are of, one after the other. */
export function countsText(counts: Iterable<readonly [string, number]>): string {
  return Array.from(counts, ([what, count]) => `${count} ${what}`).join(", ");
}
