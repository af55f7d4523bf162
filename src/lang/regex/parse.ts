import { allBytes, type ByteSet, byteSet, bytesOf, foldCase } from "./byte_set.ts";
import { readClass } from "./character_class.ts";
import { type Escape, escapeSet, notNewline, readEscape } from "./escape.ts";
import { type GroupHead, type Options, readGroupHead } from "./group_head.ts";
import { PatternError, unsupported } from "./pattern_error.ts";
import { readQuantifier } from "./quantifier.ts";
import { type Assertion, emptyNode, type Node, type Pattern, sequence } from "./tree.ts";

/** PCRE2's own limit of nested parentheses. */
const nestingMax = 250;

/**
 * Parses a PCRE2 pattern (8-bit, not UTF).
 *
 * @throws {PatternError} for what PCRE2 refuses, and for what Sluice does not support
 */
export function parsePattern(source: string, ignoreCase: boolean): Pattern {
  return new Parser(source, ignoreCase).parse();
}

class Parser {
  #at = 0;
  #groups = 0;
  #depth = 0;
  #names = new Set<string>();
  #options: Options;
  #backreference: (Escape & { kind: "backreference" }) | undefined;

  constructor(readonly source: string, ignoreCase: boolean) {
    this.#options = {
      ignoreCase,
      multiline: false,
      dotAll: false,
      extended: false,
      noCapture: false,
      ungreedy: false,
      duplicateNames: false,
    };
  }

  parse(): Pattern {
    const root = this.alternation();
    if (this.#at < this.source.length) {
      throw new PatternError("unmatched closing parenthesis", this.#at);
    }
    const reference = this.#backreference;
    if (reference !== undefined) {
      throw reference.number > this.#groups
        ? new PatternError("reference to non-existent subpattern", reference.offset)
        : unsupported("backreference", reference.offset);
    }
    return { root, groupCount: this.#groups };
  }

  private alternation(): Node {
    const branches = [this.branch()];
    while (this.source[this.#at] === "|") {
      this.#at++;
      branches.push(this.branch());
    }
    return branches.length === 1 ? branches[0]! : { kind: "alternation", branches };
  }

  private branch(): Node {
    const items: Node[] = [];
    for (;;) {
      this.skipExtended();
      const c = this.source[this.#at];
      if (c === undefined || c === "|" || c === ")") return sequence(items);
      const quotedEnd = this.quoted(items);
      if (quotedEnd) continue;
      const node = this.atom();
      // An option setting or a comment is nothing that could be repeated.
      if (node === undefined) continue;
      this.repeated(node, items);
    }
  }

  /** Takes a quantifier, if one follows, for `node`, and adds the result. */
  private repeated(node: Node, items: Node[]): void {
    this.skipExtended();
    const quantifier = readQuantifier(this.source, this.#at);
    if (quantifier === undefined) {
      items.push(node);
      return;
    }
    if (node.kind === "assert") {
      throw new PatternError("quantifier does not follow a repeatable item", quantifier.next - 1);
    }
    const offset = this.#at;
    this.#at = quantifier.next;
    const { min, max } = quantifier;
    const suffix = this.source[this.#at];
    if (suffix === "+" || suffix === "?") this.#at++;
    const greedy = (suffix === "?") === this.#options.ungreedy;
    const repeat: Node = { kind: "repeat", body: node, min, max, greedy: greedy || suffix === "+" };
    items.push(
      suffix === "+"
        ? { kind: "atomic", body: repeat, written: "possessive quantifier", offset }
        : repeat,
    );
    this.refuseQuantifier();
  }

  private refuseQuantifier(): void {
    this.skipExtended();
    const another = readQuantifier(this.source, this.#at);
    if (another === undefined) return;
    throw new PatternError("quantifier does not follow a repeatable item", another.next - 1);
  }

  /** Takes `\Q…\E` or a stray `\E`; the last byte quoted may be repeated. */
  private quoted(items: Node[]): boolean {
    const { source } = this;
    if (source[this.#at] !== "\\") return false;
    const letter = source[this.#at + 1];
    if (letter !== "Q" && letter !== "E") return false;
    this.#at += 2;
    let text = "";
    if (letter === "Q") {
      const end = source.indexOf("\\E", this.#at);
      text = source.slice(this.#at, end < 0 ? source.length : end);
      this.#at = end < 0 ? source.length : end + 2;
    }
    if (text === "") {
      this.requireNoQuantifierAfterNothing(items);
      return true;
    }
    for (let i = 0; i < text.length - 1; i++) items.push(this.byteNode(text.charCodeAt(i)));
    this.repeated(this.byteNode(text.charCodeAt(text.length - 1)), items);
    return true;
  }

  /** `a\E+` repeats the `a`; `\E+` alone repeats nothing. */
  private requireNoQuantifierAfterNothing(items: Node[]): void {
    const quantifier = readQuantifier(this.source, this.#at);
    if (quantifier === undefined) return;
    const last = items.pop();
    if (last === undefined || last.kind === "repeat" || last.kind === "atomic") {
      throw new PatternError("quantifier does not follow a repeatable item", quantifier.next - 1);
    }
    this.repeated(last, items);
  }

  private atom(): Node | undefined {
    const { source } = this;
    const at = this.#at;
    switch (source[at]!) {
      case "(":
        return this.group();
      case "[": {
        const { set, next } = readClass(source, at, this.#options.ignoreCase);
        this.#at = next;
        return { kind: "set", set };
      }
      case ".":
        this.#at++;
        return { kind: "set", set: this.#options.dotAll ? allBytes : notNewline };
      case "^":
        this.#at++;
        return assertion(this.#options.multiline ? "lineStart" : "circumflex");
      case "$":
        this.#at++;
        return assertion(this.#options.multiline ? "lineEnd" : "dollar");
      case "\\":
        return this.escape();
    }
    const quantifier = readQuantifier(source, at);
    if (quantifier !== undefined) {
      throw new PatternError("quantifier does not follow a repeatable item", quantifier.next - 1);
    }
    this.#at++;
    return this.byteNode(source.charCodeAt(at));
  }

  private byteNode(byte: number): Node {
    return this.setNode(byteSet(byte & 0xff));
  }

  private setNode(set: ByteSet): Node {
    return { kind: "set", set: this.#options.ignoreCase ? foldCase(set) : set };
  }

  private escape(): Node | undefined {
    const at = this.#at;
    const { escape, next } = readEscape(this.source, at, this.#groups, false);
    this.#at = next;
    if (escape.kind === "backreference") {
      this.#backreference ??= escape;
      return emptyNode;
    }
    if (escape.kind === "type") return { kind: "set", set: escape.set };
    const set = escapeSet(escape);
    if (set !== undefined) return this.setNode(set);
    return this.positional((escape as Escape & { kind: "letter" }).letter, at);
  }

  private positional(letter: string, at: number): Node {
    switch (letter) {
      case "A":
      // A match always starts at the start of its subject here, so `\G` is `\A`.
      case "G":
        return assertion("textStart");
      case "Z":
        return assertion("dollar");
      case "z":
        return assertion("textEnd");
      case "b":
        return assertion("wordBoundary");
      case "B":
        return assertion("noWordBoundary");
      case "C":
        return { kind: "set", set: allBytes };
      case "R":
        return { kind: "atomic", body: anyNewline, written: "\\R", offset: at };
      case "N":
        if (this.source.startsWith("{U+", this.#at)) {
          throw new PatternError(
            "\\N{U+dddd} is supported only in Unicode (UTF) mode",
            this.#at,
          );
        }
        return { kind: "set", set: notNewline };
    }
    throw unsupported(`\\${letter}`, at);
  }

  private group(): Node | undefined {
    const before = this.#options;
    const head: GroupHead = readGroupHead(this.source, this.#at, before);
    const at = this.#at;
    this.#at = head.next;
    if (head.kind === "comment") return undefined;
    if (head.kind === "options") {
      this.#options = head.options;
      this.requireNoQuantifier();
      return undefined;
    }
    if (++this.#depth > nestingMax) {
      throw new PatternError("parentheses are too deeply nested", this.#at);
    }
    const index = this.claimIndex(head);
    if (head.kind === "plain") this.#options = head.options;
    const body = this.alternation();
    this.#options = before;
    this.#depth--;
    if (this.source[this.#at] !== ")") {
      throw new PatternError("missing closing parenthesis", this.source.length);
    }
    this.#at++;
    if (index !== undefined) return { kind: "capture", index, body };
    if (head.kind === "atomic") {
      return { kind: "atomic", body, written: "atomic group", offset: at };
    }
    // A group around a single condition may be repeated, the condition itself may not.
    return body.kind === "assert" ? { kind: "sequence", items: [body] } : body;
  }

  private requireNoQuantifier(): void {
    const quantifier = readQuantifier(this.source, this.#at);
    if (quantifier === undefined) return;
    throw new PatternError("quantifier does not follow a repeatable item", quantifier.next - 1);
  }

  private claimIndex(head: GroupHead): number | undefined {
    if (head.kind !== "capture") return undefined;
    if (head.name === undefined) {
      return this.#options.noCapture ? undefined : ++this.#groups;
    }
    if (this.#names.has(head.name) && !this.#options.duplicateNames) {
      throw new PatternError(
        "two named subpatterns have the same name (PCRE2_DUPNAMES not set)",
        head.next,
      );
    }
    this.#names.add(head.name);
    return ++this.#groups;
  }

  /** Under `(?x)`, blanks and comments between items mean nothing. */
  private skipExtended(): void {
    if (!this.#options.extended) return;
    for (;;) {
      const c = this.source[this.#at];
      if (c === undefined) return;
      if (" \t\n\v\f\r".includes(c)) this.#at++;
      else if (c === "#") {
        const end = this.source.indexOf("\n", this.#at);
        this.#at = end < 0 ? this.source.length : end + 1;
      } else return;
    }
  }
}

function assertion(what: Assertion): Node {
  return { kind: "assert", what };
}

/** `\R` without UTF: CRLF as one, else any one of these. */
const anyNewline: Node = {
  kind: "alternation",
  branches: [
    sequence([{ kind: "set", set: byteSet(13) }, { kind: "set", set: byteSet(10) }]),
    { kind: "set", set: bytesOf("\n\v\f\r\x85") },
  ],
};
