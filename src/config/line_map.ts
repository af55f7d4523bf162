import type { Position } from "./diagnostic.ts";

/** Finds line and column of an offset in a text. */
export class LineMap {
  readonly #starts: number[] = [0];
  /**
   * The place found last. Readers go forward: counting each word's column from its line's start
   * would cost the square of a long line.
   */
  #last = { line: 0, offset: 0, column: 1 };

  constructor(readonly file: string, readonly text: string) {
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) {
      this.#starts.push(at + 1);
    }
  }

  position(offset: number): Position {
    const line = this.#lineOf(offset);
    const { line: lastLine, offset: lastOffset } = this.#last;
    const goesOn = line === lastLine && offset >= lastOffset;
    let column = goesOn ? this.#last.column : 1;
    for (let i = goesOn ? lastOffset : this.#starts[line]!; i < offset; i++) {
      if (!continues(this.text.charCodeAt(i))) column++;
    }
    this.#last = { line, offset, column };
    return { file: this.file, line: line + 1, column };
  }

  /** Offset of the end of the line that holds `offset`, its line feed not included. */
  lineEnd(offset: number): number {
    const next = this.#starts[this.#lineOf(offset) + 1];
    return next === undefined ? this.text.length : next - 1;
  }

  #lineOf(offset: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** The text is latin1 of what is usually UTF-8: continuation bytes are no characters of their own. */
function continues(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}
