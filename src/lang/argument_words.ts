import { LangError } from "./spec.ts";

/** Arguments in parentheses, cut apart, and the offset behind the closing one. */
export interface ArgumentWords {
  /** Undefined where there were no parentheses at all. */
  readonly words: readonly string[] | undefined;
  readonly end: number;
}

const escapes: Readonly<Record<string, string>> = {
  "\\": "\\",
  " ": " ",
  "'": "'",
  '"': '"',
  n: "\n",
  r: "\r",
  t: "\t",
};

/**
 * Cuts `(a,b)` at `at` into at most `most` words (HAProxy's `make_arg_list`). Quotes of both kinds
 * protect commas and parentheses; blanks belong to an argument. Throws LangError.
 */
export function cutArguments(text: string, at: number, most: number): ArgumentWords {
  if (text.charCodeAt(at) !== 40) return { words: undefined, end: at };
  const words: string[] = [];
  let end = at + 1;
  while (words.length < most) {
    const piece = cutOne(text, end);
    words.push(piece.word);
    end = piece.end;
    if (text[end] !== "," || words.length === most) break;
    end++;
  }
  if (end >= text.length) throw new LangError("expected ')'", text);
  if (text[end] !== ")") throw new LangError(`expected ')' before '${text.substring(end)}'`, text);
  return { words, end: end + 1 };
}

/** One argument from `at` on; `end` is at the comma, the parenthesis or the end of the text. */
function cutOne(text: string, at: number): { word: string; end: number } {
  let word = "";
  let quote = "";
  for (; at < text.length; at++) {
    const c = text[at]!;
    if (quote === "'") {
      if (c === "'") quote = "";
      else word += c;
    } else if (c === "\\") {
      const escaped = escapes[text[at + 1] ?? ""];
      word += escaped ?? c;
      if (escaped !== undefined) at++;
    } else if (c === quote) quote = "";
    else if (quote === "" && (c === "'" || c === '"')) quote = c;
    else if (quote === "" && (c === "," || c === ")")) break;
    else word += c;
  }
  return { word, end: at };
}
