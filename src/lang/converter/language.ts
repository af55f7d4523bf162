import type { Arg, ConverterSpec } from "../spec.ts";
import type { Value } from "../value.ts";
import { optionalText, text, textOf } from "./row.ts";

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

function skipSpace(input: string, at: number): number {
  while (at < input.length && isSpace(input.charCodeAt(at))) at++;
  return at;
}

/** A range of Accept-Language takes a tag that it equals, or that it refines with a `-variant`. */
function matchesTag(range: string, tag: string): boolean {
  return range.startsWith(tag) && (range.length === tag.length || range[tag.length] === "-");
}

/** The quality at `at` in thousandths; 1000 when there is no number, as HAProxy reads it. */
function readQuality(input: string, at: number): number {
  const digits = /^([0-9])(?:\.([0-9]{0,3}))?/.exec(input.substring(at, at + 6));
  if (digits === null) return 1000;
  return Math.min(1000, Number(digits[1]) * 1000 + Number((digits[2] ?? "").padEnd(3, "0")));
}

/** The quality of the element whose range ends at `at`. Undefined: something else follows it. */
function qualityAt(input: string, from: number): number | undefined {
  let at = skipSpace(input, from);
  if (at >= input.length || input[at] === ",") return 1000;
  if (input[at] !== ";") return undefined;
  at = skipSpace(input, at + 1);
  if (input[at] !== "q") return 1000;
  at = skipSpace(input, at + 1);
  if (input[at] !== "=") return 1000;
  return readQuality(input, skipSpace(input, at + 1));
}

/** The tag with the highest quality, the first of several. */
function preferred(input: string, tags: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestQuality = 0;
  for (let at = 0; at < input.length;) {
    const start = skipSpace(input, at);
    let end = start;
    while (end < input.length && !isSpace(input.charCodeAt(end)) && !",;".includes(input[end]!)) {
      end++;
    }
    const range = input.substring(start, end);
    const tag = range === "" ? undefined : tags.find((tag) => matchesTag(range, tag));
    const quality = tag === undefined ? undefined : qualityAt(input, end);
    if (quality !== undefined && quality > bestQuality) {
      best = tag;
      bestQuality = quality;
      if (quality >= 1000) return best;
    }
    const comma = input.indexOf(",", end);
    at = comma < 0 ? input.length : comma + 1;
  }
  return best;
}

export const languageConverters = [
  {
    name: "language",
    args: [text("value"), optionalText("default")],
    input: "str",
    output: "str",
    pure: true,
    doc: "the language of a list `a;b;c` that an Accept-Language value prefers",
    make: (args: readonly (Arg | undefined)[]) => {
      const tags = textOf(args[0]).split(";");
      const fallback = args[1] === undefined ? undefined : textOf(args[1]);
      // An empty answer is no answer.
      return (value: Value) => preferred(value as string, tags) || fallback || undefined;
    },
  },
] satisfies ConverterSpec[];
