import { LangError } from "./spec.ts";

/** A format string cut into its parts, before any name in it is looked up. */
export type FormatPart =
  | { readonly kind: "text"; readonly text: string }
  /** A blank that merges with its neighbours; only where blanks merge. */
  | { readonly kind: "space" }
  | {
    readonly kind: "alias";
    readonly alias: string;
    readonly flags: string;
    readonly name: string;
  }
  | {
    readonly kind: "expression";
    readonly expression: string;
    readonly flags: string;
    readonly name: string;
    /** `%(name:type)`: what the sample is shown as in structured output. */
    readonly type: string;
  };

/** Whether runs of blanks count as one, as in log lines. */
export type Blanks = "kept" | "merged";

/** Cuts a format string. Throws LangError with HAProxy's texts. */
export function cutFormat(text: string, blanks: Blanks): FormatPart[] {
  const parts: FormatPart[] = [];
  let literal = "";
  const flush = () => {
    if (literal !== "") parts.push({ kind: "text", text: literal });
    literal = "";
  };
  for (let at = 0; at < text.length;) {
    const c = text[at]!;
    if (c === " " && blanks === "merged") {
      flush();
      parts.push({ kind: "space" });
      at++;
    } else if (c !== "%") {
      literal += c;
      at++;
    } else if (text[at + 1] === "%") {
      literal += "%";
      at += 2;
    } else if (at + 1 === text.length || isStray(text.charCodeAt(at + 1))) {
      // HAProxy drops a percent sign that begins nothing and goes on behind it.
      at++;
    } else {
      flush();
      const { part, end } = cutItem(text, at);
      parts.push(part);
      at = end;
    }
  }
  flush();
  return parts;
}

/** `%(name:type){flags}alias` or `…[expression]`, from the percent sign at `at`. */
function cutItem(text: string, at: number): { part: FormatPart; end: number } {
  let i = at + 1;
  let name = "";
  let type = "";
  let flags = "";
  if (text[i] === "(") {
    const end = closing(text, i, ")", at);
    [name = "", type = ""] = text.substring(i + 1, end).split(":", 2);
    i = end + 1;
  }
  const behindName = i;
  if (text[i] === "{") {
    const end = closing(text, i, "}", at);
    flags = text.substring(i + 1, end);
    i = end + 1;
  }
  if (text[i] === "[") {
    const end = expressionEnd(text, i + 1, at);
    const expression = text.substring(i + 1, end);
    return { part: { kind: "expression", expression, flags, name, type }, end: end + 1 };
  }
  let end = i;
  while (end < text.length && isAliasCode(text.charCodeAt(end), end === i)) end++;
  if (end === i) throw misplaced(text, at, i, behindName);
  return { part: { kind: "alias", alias: text.substring(i, end), flags, name }, end };
}

function misplaced(text: string, at: number, i: number, behindName: number): LangError {
  if (i > behindName) {
    return new LangError(
      `parse argument modifier without variable name near '${text.substring(at, i)}'`,
      text,
    );
  }
  return new LangError(
    `unexpected variable name near '${text.charAt(i)}' at position ${i} line : '${text}'. ` +
      "Maybe you want to write a single '%', use the syntax '%%'.",
    text,
  );
}

function closing(text: string, open: number, mark: string, item: number): number {
  const end = text.indexOf(mark, open);
  if (end < 0) throw truncated(text, item);
  return end;
}

/** Offset of the bracket that ends an expression: quotes and parentheses hide others. */
function expressionEnd(text: string, at: number, item: number): number {
  let quote = "";
  let inside = false;
  for (let i = at; i < text.length; i++) {
    const c = text[i]!;
    if (quote !== "") {
      if (c === quote) quote = "";
      else if (c === "\\" && quote === '"') i++;
    } else if (!inside) {
      if (c === "]") return i;
      if (c === "(") inside = true;
    } else if (c === "\\") i++;
    else if (c === '"' || c === "'") quote = c;
    else if (c === ")") inside = false;
  }
  throw truncated(text, item);
}

function truncated(text: string, item: number): LangError {
  return new LangError(`truncated line after '${text.substring(item)}'`, text);
}

/** Neither the start of an item nor a likely slip: digits and blanks are refused. */
function isStray(c: number): boolean {
  const opens = c === 40 || c === 91 || c === 123;
  const slips = (c >= 48 && c <= 57) || c === 32 || c === 9;
  return !opens && !slips && !isAliasCode(c, true);
}

/** Names of aliases are letters and digits, a letter first. */
function isAliasCode(c: number, first: boolean): boolean {
  return (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || (!first && c >= 48 && c <= 57);
}
