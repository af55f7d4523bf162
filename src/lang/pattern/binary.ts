import { LangError } from "../spec.ts";
import type { Bin } from "../value.ts";
import type { IndexEntry } from "./entry.ts";
import { ExactIndex } from "./exact.ts";
import type { PatternIndex } from "./index.ts";

/** An even number of hexadecimal digits as bytes. Throws LangError. */
export function parseHex(text: string): string {
  const odd = /[^0-9a-fA-F]/.exec(text);
  if (odd !== null) throw new LangError(`an hex digit is expected (found '${odd[0]}')`, text);
  if (text.length % 2 !== 0) throw new LangError("an even number of hex digit is expected", text);
  let bytes = "";
  for (let i = 0; i < text.length; i += 2) {
    bytes += String.fromCharCode(parseInt(text.substring(i, i + 2), 16));
  }
  return bytes;
}

/** `bin`: the bytes equal a pattern written in hexadecimal. */
export class BinaryIndex<E extends IndexEntry> implements PatternIndex<E> {
  readonly #index = new ExactIndex<{ id: number; text: string; entry: E }>({ ignoreCase: false });

  add(entry: E): void {
    this.#index.add({ id: entry.id, text: parseHex(entry.text), entry });
  }

  remove(): "removed" | "rebuild" {
    return "rebuild";
  }

  keyOf(text: string): string {
    return parseHex(text);
  }

  find(value: Bin): E | undefined {
    return this.#index.find(value.bytes)?.entry;
  }

  collect(value: Bin, into: E[]): void {
    const found = this.find(value);
    if (found !== undefined) into.push(found);
  }
}
