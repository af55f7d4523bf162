import { asciiLower } from "../ascii.ts";
import type { Method } from "../value.ts";
import type { IndexEntry } from "./entry.ts";
import type { IndexOptions, PatternIndex } from "./index.ts";

/** Methods that HAProxy knows by number: they match by identity, whatever `-i` says. */
const knownMethods: ReadonlySet<string> = new Set([
  "OPTIONS",
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "TRACE",
  "CONNECT",
]);

/** The match of the `method` keyword. */
export class MethodIndex<E extends IndexEntry> implements PatternIndex<E> {
  readonly #entries = new Map<string, E>();

  constructor(private readonly options: Pick<IndexOptions, "ignoreCase">) {}

  add(entry: E): void {
    const key = this.keyOf(entry.text);
    if (!this.#entries.has(key)) this.#entries.set(key, entry);
  }

  remove(): "removed" | "rebuild" {
    return "rebuild";
  }

  find(value: Method): E | undefined {
    return this.#entries.get(this.keyOf(value.name));
  }

  collect(value: Method, into: E[]): void {
    const found = this.find(value);
    if (found !== undefined) into.push(found);
  }

  /** Unknown methods fold to lower case under `-i`, behind a blank so that no known one is hit. */
  keyOf(name: string): string {
    return !this.options.ignoreCase || knownMethods.has(name) ? name : " " + asciiLower(name);
  }
}
