import type { Expansion } from "../words.ts";

/** A line of source: its words as haproxy.cfg writes them, and the comment at its end. */
export interface SourceLine {
  readonly words: string[];
  /** The blanks in front of its `#`, and the rest. */
  readonly comment: string | undefined;
}

/** A reference to a variable, from its `$` on. */
const reference = /^\$(?:[A-Za-z_][A-Za-z0-9_]*|\{[A-Za-z_.][^}]*\})/;

/**
 * Cuts a sound line apart where `splitWords` does, and leaves quotes, escapes and variables in
 * place. Where the text expands variables outside of quotes as well, they get the quotes that
 * haproxy.cfg wants.
 */
export function sourceWords(text: string, expansion: Expansion): SourceLine {
  const words: string[] = [];
  let word = "";
  let at = 0;
  let wordsEnd = 0;
  const end = () => {
    if (word !== "") words.push(word);
    word = "";
  };
  while (at < text.length && text[at] !== "#") {
    const length = pieceLength(text, at, expansion);
    const piece = text.substring(at, at + length);
    at += length;
    if (/^[ \t-\r]/.test(piece)) end();
    else {
      word += inCfg(piece, expansion);
      wordsEnd = at;
    }
  }
  end();
  return {
    words,
    comment: at < text.length ? text.substring(wordsEnd).replace(/[ \t-\r]+$/, "") : undefined,
  };
}

/** How much of the text belongs together: a quoted part, an escape, a reference, a character. */
function pieceLength(text: string, at: number, expansion: Expansion): number {
  const rest = text.substring(at);
  switch (rest[0]) {
    case "'":
      return rest.indexOf("'", 1) + 1;
    case '"':
      return /^"(?:[^"\\]|\\[^])*"/.exec(rest)![0].length;
    case "\\":
      return /^\\[ \\#'"]/.test(rest) || (expansion === "everywhere" && rest[1] === "$") ? 2 : 1;
    case "$":
      return expansion === "everywhere" ? reference.exec(rest)?.[0].length ?? 1 : 1;
    default:
      return 1;
  }
}

function inCfg(piece: string, expansion: Expansion): string {
  if (expansion === "in-quotes") return piece;
  if (piece === "\\$") return "$";
  return piece.length > 1 && piece[0] === "$" ? `"${piece}"` : piece;
}

/** A text that is one word as a whole, as that word; only its variables have a meaning. */
export function sourceOfText(text: string, expansion: Expansion): string {
  if (/^[A-Za-z0-9_.,:;/%()=+*-]+$/.test(text)) return text;
  let inner = "";
  for (let at = 0; at < text.length;) {
    const rest = text.substring(at);
    const kept = expansion === "everywhere" ? reference.exec(rest)?.[0] : undefined;
    const escaped = expansion === "everywhere" && rest.startsWith("\\$");
    inner += kept ?? (escaped ? "\\$" : quotedCharacter(rest[0]!));
    at += kept?.length ?? (escaped ? 2 : 1);
  }
  return `"${inner}"`;
}

function quotedCharacter(c: string): string {
  switch (c) {
    case '"':
    case "\\":
    case "$":
      return `\\${c}`;
    case "\n":
      return "\\n";
    case "\r":
      return "\\r";
    default:
      return c;
  }
}
