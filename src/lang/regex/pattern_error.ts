/** What is wrong with a pattern, in PCRE2's words, and the offset that PCRE2 gives for it. */
export class PatternError extends Error {
  override name = "PatternError";
  constructor(message: string, readonly offset: number) {
    super(message);
  }
}

/** A construct of PCRE that cannot be matched in linear time, or not by Sluice. */
export function unsupported(construct: string, offset: number): PatternError {
  return new PatternError(`${construct} is not supported`, offset);
}
