import { Buffer } from "node:buffer";
import type { YamlStyle } from "./yaml_node.ts";

/** A scalar's text and, for each of its characters, the offset in the source it came from. */
export interface ScalarSource {
  readonly text: string;
  /** As long as the text, plus one for its end. */
  readonly offsets: readonly number[];
}

/**
 * Walks a scalar's source beside the value that YAML made of it, so that every character of the
 * value has a place. Characters that `\u` escapes name are encoded as UTF-8, like all the text.
 *
 * @param source the scalar in the file, quotes included
 * @param value what YAML made of it
 */
export function alignScalar(source: string, value: string, style: YamlStyle): ScalarSource {
  const quoted = style === "single" || style === "double";
  const inner = quoted ? source.slice(1, -1) : source;
  if (inner === value && style !== "block" && !inner.includes("\\")) {
    const first = quoted ? 1 : 0;
    return { text: value, offsets: Array.from({ length: value.length + 1 }, (_, i) => first + i) };
  }
  const walk = new Alignment(source, quoted ? 1 : 0);
  if (style === "block") walk.skipBlockHeader();
  for (const character of value) {
    if (style === "block") walk.blockCharacter(character);
    else walk.flowCharacter(character, style);
  }
  walk.offsets.push(Math.min(walk.at, source.length - (quoted ? 1 : 0)));
  return { text: walk.text, offsets: walk.offsets };
}

class Alignment {
  text = "";
  readonly offsets: number[] = [];

  constructor(readonly source: string, public at: number) {}

  skipBlockHeader(): void {
    const end = this.source.indexOf("\n");
    this.at = end < 0 ? this.source.length : end + 1;
  }

  blockCharacter(character: string): void {
    // Indentation is dropped and line feeds are folded: the next equal character is the right one.
    const found = character === " " || character === "\n"
      ? this.source.slice(this.at).search(/[ \n]/)
      : this.source.slice(this.at).search(/[^ \n]/);
    const offset = found < 0 ? this.at : this.at + found;
    this.#emit(character, offset);
    this.at = offset + 1;
  }

  flowCharacter(character: string, style: YamlStyle): void {
    if (style === "double") this.#skipContinuation();
    const rest = this.source.slice(this.at);
    if (character === " " || character === "\n") {
      const fold = /^[ \t]*\r?\n\s*/.exec(rest);
      if (fold) return this.#fold(character, fold[0].length);
      // A second line feed of one fold: the blank before it has already been passed.
      if (character === "\n" && rest[0] !== "\\") return this.#emit(character, this.at);
    }
    const length = style === "double"
      ? escapeLength(rest)
      : style === "single" && rest.startsWith("''")
      ? 2
      : 1;
    const escaped = style === "double" && rest[0] === "\\";
    this.#emit(escaped ? encode(character) : character, this.at);
    this.at += escaped ? length : Math.max(length, character.length);
  }

  #fold(character: string, length: number): void {
    this.#emit(character, this.at);
    this.at += length;
  }

  #skipContinuation(): void {
    const joined = /^\\\r?\n[ \t]*/.exec(this.source.slice(this.at));
    if (joined) this.at += joined[0].length;
  }

  #emit(text: string, offset: number): void {
    for (const _ of text) this.offsets.push(offset);
    this.text += text;
  }
}

function escapeLength(rest: string): number {
  if (rest[0] !== "\\") return 1;
  switch (rest[1]) {
    case "x":
      return 4;
    case "u":
      // A pair of surrogates is two escapes and one character.
      return /^\\u[dD][89abAB]..\\u/.test(rest) ? 12 : 6;
    case "U":
      return 10;
    default:
      return 2;
  }
}

/** UTF-8 as latin1, one code unit a byte. */
function encode(character: string): string {
  return character < "\u0080" ? character : Buffer.from(character, "utf8").toString("latin1");
}
