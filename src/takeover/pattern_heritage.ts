import type { PatternStore } from "../lang/pattern/store.ts";
import type { StatePart } from "./hand_over.ts";
import { isSame, obey, type PatternChange } from "./pattern_change.ts";
import { rowsOf } from "./state_parts.ts";

/**
 * Lets lists and maps of a process that does not serve yet go on from what changed in another one at
 * run time. Whatever the new configuration says otherwise of a key holds.
 */
export class PatternHeritage {
  readonly #configured = new Map<string, ReadonlyMap<string, readonly string[]>>();
  /** How many keys stay behind, by why. */
  readonly #left = new Map<string, number>();

  constructor(private readonly store: PatternStore) {}

  learn(parts: readonly StatePart[]): void {
    for (const change of rowsOf(parts, "patterns/1")) {
      const why = this.#follow(change);
      if (why) this.#left.set(why, (this.#left.get(why) ?? 0) + 1);
    }
  }

  /** What could not be gone on with since it was asked last, in words. */
  losses(): string[] {
    const losses = [...this.#left].map(([why, count]) =>
      `changed at run time, and left behind: ${count} of ${why}`
    );
    this.#left.clear();
    return losses;
  }

  /** Why it stays behind. */
  #follow(change: PatternChange): string | undefined {
    const { list: origin, key, was, now } = change;
    const list = this.store.ofOrigin(origin);
    if (!list) return `'${origin}', which there is no more`;
    let configured = this.#configured.get(origin);
    if (!configured) this.#configured.set(origin, configured = list.configured());
    const says = configured.get(key) ?? [];
    if (!isSame(says, was)) {
      return isSame(says, now) ? undefined : `'${origin}', which says otherwise now`;
    }
    const unfit = obey(list, change);
    return unfit && `'${origin}': ${unfit.why}`;
  }
}
