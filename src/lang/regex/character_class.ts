import {
  byteRange,
  type ByteSet,
  byteSet,
  complement,
  foldCase,
  noBytes,
  posixClasses,
} from "./byte_set.ts";
import { escapeSet, readEscape } from "./escape.ts";
import { PatternError } from "./pattern_error.ts";

/** One member of a class: a byte may start or end a range, a set may not. */
type Member =
  | { readonly kind: "byte"; readonly byte: number }
  | { readonly kind: "set"; readonly set: ByteSet }
  | { readonly kind: "nothing" };

/** Reads the class whose `[` is at `at`. */
export function readClass(
  source: string,
  at: number,
  ignoreCase: boolean,
): { readonly set: ByteSet; readonly next: number } {
  if (isPosix(source, at)) {
    throw source[at + 1] === ":"
      ? new PatternError("POSIX named classes are supported only within a class", at)
      : new PatternError("POSIX collating elements are not supported", at);
  }
  return new ClassReader(source, at + 1, ignoreCase).read();
}

class ClassReader {
  #set: ByteSet = noBytes;
  /** Inside `\Q…\E`. */
  #quoted = false;

  constructor(readonly source: string, private at: number, readonly ignoreCase: boolean) {}

  read(): { set: ByteSet; next: number } {
    const { source } = this;
    const negated = source[this.at] === "^";
    if (negated) this.at++;
    let first = true;
    for (;;) {
      if (this.at >= source.length) throw this.missingEnd();
      if (source[this.at] === "]" && !first && !this.#quoted) break;
      const member = this.member();
      if (member.kind === "nothing") continue;
      first = false;
      this.addWithRange(member);
    }
    const set = this.ignoreCase ? foldCase(this.#set) : this.#set;
    return { set: negated ? complement(set) : set, next: this.at + 1 };
  }

  private missingEnd(): PatternError {
    return new PatternError("missing terminating ] for character class", this.source.length);
  }

  private member(): Member {
    const { source } = this;
    const c = source[this.at]!;
    if (this.#quoted) {
      if (!source.startsWith("\\E", this.at)) return this.literal();
      this.#quoted = false;
      this.at += 2;
      return { kind: "nothing" };
    }
    if (c === "[" && isPosix(source, this.at)) return this.posix();
    if (c !== "\\") return this.literal();
    const { escape, next } = readEscape(source, this.at, 0, true);
    const from = this.at;
    this.at = next;
    if (escape.kind === "byte") return escape;
    if (escape.kind === "letter") return this.letter(escape.letter, from);
    return { kind: "set", set: escapeSet(escape) ?? noBytes };
  }

  private literal(): Member {
    return { kind: "byte", byte: this.source.charCodeAt(this.at++) & 0xff };
  }

  private letter(letter: string, at: number): Member {
    switch (letter) {
      case "b":
        return { kind: "byte", byte: 8 };
      case "Q":
        this.#quoted = true;
        return { kind: "nothing" };
      case "E":
        return { kind: "nothing" };
      case "N":
        throw new PatternError("\\N is not supported in a class", at + 2);
    }
    throw new PatternError("escape sequence is invalid in character class", at + 1);
  }

  private posix(): Member {
    const { source } = this;
    const kind = source[this.at + 1];
    if (kind !== ":") {
      throw new PatternError("POSIX collating elements are not supported", this.at);
    }
    const end = source.indexOf(":]", this.at + 2);
    let from = this.at + 2;
    const negated = source[from] === "^";
    if (negated) from++;
    let set = posixClasses[source.slice(from, end)];
    if (set === undefined) throw new PatternError("unknown POSIX class name", from);
    if (this.ignoreCase) set = foldCase(set);
    this.at = end + 2;
    return { kind: "set", set: negated ? complement(set) : set };
  }

  private addWithRange(member: Exclude<Member, { kind: "nothing" }>): void {
    const { source } = this;
    const ranged = !this.#quoted && source[this.at] === "-" && source[this.at + 1] !== "]" &&
      this.at + 1 < source.length;
    if (!ranged) {
      this.#set |= member.kind === "byte" ? byteSet(member.byte) : member.set;
      return;
    }
    if (member.kind === "set") {
      throw new PatternError("invalid range in character class", this.at);
    }
    this.at++;
    const last = this.rangeEnd();
    if (last < member.byte) {
      throw new PatternError("range out of order in character class", this.at - 1);
    }
    this.#set |= byteRange(member.byte, last);
  }

  private rangeEnd(): number {
    for (;;) {
      if (this.at >= this.source.length) throw this.missingEnd();
      const member = this.member();
      if (member.kind === "byte") return member.byte;
      if (member.kind === "set") {
        throw new PatternError("invalid range in character class", this.at);
      }
    }
  }
}

/** `[:…:]`, `[.….]` or `[=…=]` starts at `at`, by PCRE2's rule for where it may end. */
function isPosix(source: string, at: number): boolean {
  const mark = source[at + 1];
  if (mark !== ":" && mark !== "." && mark !== "=") return false;
  for (let i = at + 2; i + 1 < source.length; i++) {
    const c = source[i];
    if (c === "\\" && (source[i + 1] === "]" || source[i + 1] === "\\")) i++;
    else if (c === "]" || (c === "[" && source[i + 1] === mark)) return false;
    else if (c === mark && source[i + 1] === "]") return true;
  }
  return false;
}
