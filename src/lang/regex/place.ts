import { assertions, type Program } from "./program.ts";

/** What an automaton knows of the bytes around a place in the text. */
export interface Place {
  /** Start of the text; `^` may still be disabled there. */
  readonly atStart: boolean;
  /** The class of the byte before, -1 at the start. */
  readonly before: number;
  /** The class of the byte behind, -1 at the end. */
  readonly behind: number;
  /** The byte behind is the last one of the text. */
  readonly behindIsLast: boolean;
}

/** Condition number `assertion` of {@link assertions} holds at the place. */
export function holds(
  assertion: number,
  place: Place,
  program: Program,
  startIsLine: boolean,
): boolean {
  const { before, behind } = place;
  switch (assertions[assertion]!) {
    case "circumflex":
      return place.atStart && startIsLine;
    case "textStart":
      return place.atStart;
    case "textEnd":
      return behind < 0;
    case "dollar":
      return behind < 0 || (place.behindIsLast && behind === program.newlineClass);
    case "lineStart":
      return (place.atStart && startIsLine) || (before === program.newlineClass && behind >= 0);
    case "lineEnd":
      return behind < 0 || behind === program.newlineClass;
    case "wordBoundary":
      return isWord(before, program) !== isWord(behind, program);
    case "noWordBoundary":
      return isWord(before, program) === isWord(behind, program);
  }
}

function isWord(byteClass: number, program: Program): boolean {
  return byteClass >= 0 && program.wordClass[byteClass] === 1;
}
