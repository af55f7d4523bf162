/** What stands above a line: a comment with its `#`, or "" for a blank line. */
export type Trivia = string;

/**
 * One line of a configuration as it is written in haproxy.cfg: nothing expanded, no branch chosen.
 * `section` begins one; `dot` is `.if`, `.notice` and their like.
 */
export interface OutlineLine {
  readonly kind: "section" | "line" | "dot";
  /** Words with their quotes and escapes. Never empty. */
  readonly words: readonly string[];
  readonly above: readonly Trivia[];
  /** What follows on the same line: blanks, `#` and the rest. */
  readonly comment: string | undefined;
}

/** A configuration file as text that either spelling can be written from. */
export interface Outline {
  readonly lines: readonly OutlineLine[];
  /** What stands below the last line. */
  readonly below: readonly Trivia[];
}

/** An outline's line before what stands around it is known. */
export interface PlacedLine {
  readonly kind: OutlineLine["kind"];
  readonly words: string[];
  /** The line of the file it stands at; several may share one. */
  readonly line: number;
}

/** A comment, with the blanks in front of it, or a blank line of a file. */
export interface PlacedTrivia {
  readonly text: string;
  readonly line: number;
}

/** Puts comments and blank lines, in the order of the file, around the lines they belong to. */
export function outlineOf(
  lines: readonly PlacedLine[],
  trivia: readonly PlacedTrivia[],
): Outline {
  let next = 0;
  const above = (line: number): Trivia[] => {
    const taken: Trivia[] = [];
    while (next < trivia.length && trivia[next]!.line < line) {
      taken.push(trivia[next++]!.text.trimStart());
    }
    return taken;
  };
  const outlined = lines.map(({ kind, words, line }, i): OutlineLine => {
    const before = above(line);
    const last = lines[i + 1]?.line !== line;
    const beside = last && trivia[next]?.line === line ? trivia[next++]!.text : undefined;
    return { kind, words, above: before, comment: beside };
  });
  return { lines: outlined, below: above(Infinity) };
}

/** Behind a key, an item or a word: the comment with its blanks, one at least: YAML needs it. */
export function beside(comment: string | undefined): string {
  if (comment === undefined) return "";
  return /^[ \t]+#/.test(comment) ? comment : ` ${comment.trimStart()}`;
}
