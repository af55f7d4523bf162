/** Whose change holds if both came in the same microsecond. */
export type Tie = "theirs" | "own";

/**
 * When something was changed last, in this process or the other one: of two changes that cross on their
 * way the later one holds in both processes. Both read one clock.
 */
export class LastChanges<Key> {
  readonly #at = new Map<Key, number>();

  /** @param now µs of a clock that all processes share */
  constructor(private readonly now: () => number, private readonly tie: Tie) {}

  /** It was changed here. */
  note(key: Key): void {
    this.#at.set(key, this.now());
  }

  /** When it was changed; 0 if nobody has since this was made. */
  at(key: Key): number {
    return this.#at.get(key) ?? 0;
  }

  /** Whether a change of the other process holds here, too; it is the last one then. */
  follows(key: Key, at: number): boolean {
    const own = this.#at.get(key);
    if (own !== undefined && (at < own || (at === own && this.tie === "own"))) return false;
    this.#at.set(key, at);
    return true;
  }
}
