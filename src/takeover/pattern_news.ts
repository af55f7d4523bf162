import type { PatternList } from "../lang/pattern/list.ts";
import type { PatternStore } from "../lang/pattern/store.ts";
import type { StatePart } from "./hand_over.ts";
import { LastChanges, type Tie } from "./last_changes.ts";
import { isSame, obey, type PatternChange } from "./pattern_change.ts";
import { inPieces, rowsOf } from "./state_parts.ts";

/**
 * What runtime commands and rules change of lists and maps: all of it, as what differs from the
 * configuration, and then what is new.
 */
export class PatternNews {
  /** By the origin of their list. */
  readonly #journals: ReadonlyMap<string, Journal>;

  /** Notes what changes from now on, until {@link end}; the parameters are those of {@link LastChanges}. */
  constructor(store: PatternStore, now: () => number, tie: Tie) {
    this.#journals = new Map(
      store.all().map((list) => [list.origin, new Journal(list, new LastChanges(now, tie))]),
    );
  }

  /**
   * All that differs from the configuration, piece by piece; what changes while they are taken is
   * among what is new.
   */
  *all(): Iterable<StatePart> {
    for (const journal of this.#journals.values()) {
      yield* inPieces("patterns", journal.all(), lettersOf);
    }
  }

  /** What has changed here since. */
  *news(): Iterable<StatePart> {
    for (const journal of this.#journals.values()) {
      yield* inPieces("patterns", journal.take(), lettersOf);
    }
  }

  /** Follows what has changed in the other process, unless it has changed here since. */
  learn(parts: readonly StatePart[]): void {
    for (const change of rowsOf(parts, "patterns/1")) {
      this.#journals.get(change.list)?.follow(change);
    }
  }

  end(): void {
    for (const journal of this.#journals.values()) journal.end();
  }
}

function lettersOf({ list, key, was, now }: PatternChange): number {
  const values = (texts: readonly string[]) =>
    texts.reduce((sum, { length }) => sum + length + 3, 0);
  return list.length + key.length + values(was) + values(now);
}

/** Where the entries of a key stand, for a list that has them as they were before. */
type Place = PatternChange["place"];

/** The keys of one list that have changed, in the order in which their entries stand. */
class Journal {
  readonly #keys = new Map<string, Place>();
  #configured: ReadonlyMap<string, readonly string[]> | undefined;
  #follows = false;
  readonly #note = (change: string, key: string) => {
    if (this.#follows) return;
    const isGone = change === "removed" && this.list.get(key) === undefined;
    const place = isGone ? "end" : this.#keys.get(key) ?? "kept";
    if (change === "added") this.#keys.delete(key);
    this.#keys.set(key, place);
    this.last.note(key);
  };

  constructor(readonly list: PatternList, private readonly last: LastChanges<string>) {
    list.watch(this.#note);
  }

  *all(): Iterable<PatternChange> {
    const { list } = this;
    if (!list.hasChanged) return;
    const configured = this.#values();
    for (const entry of list.entries()) {
      if (list.get(entry.text) !== entry) continue;
      const change = this.#change(entry.text, list.isConfigured(entry) ? "kept" : "end");
      if (change.place === "end" || !isSame(change.was, change.now)) yield change;
    }
    for (const key of configured.keys()) {
      if (list.get(key) === undefined) yield this.#change(key, "end");
    }
  }

  *take(): Iterable<PatternChange> {
    const keys = [...this.#keys];
    this.#keys.clear();
    for (const [key, place] of keys) yield this.#change(key, place);
  }

  follow(change: PatternChange): void {
    if (!this.last.follows(change.key, change.at)) return;
    this.#keys.delete(change.key);
    this.#follows = true;
    obey(this.list, change);
    this.#follows = false;
  }

  end(): void {
    this.list.unwatch(this.#note);
  }

  #values(): ReadonlyMap<string, readonly string[]> {
    return this.#configured ??= this.list.configured();
  }

  #change(key: string, place: Place): PatternChange {
    const { list } = this;
    const was = [...this.#values().get(key) ?? []];
    const now = list.entriesOf(key).map(({ value }) => value ?? "");
    return { list: list.origin, key, was, now, place, at: this.last.at(key) };
  }
}
