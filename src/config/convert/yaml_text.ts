import { splitWords } from "../words.ts";

/**
 * The end of a line of configuration as a YAML scalar that means the same: single quotes leave a
 * text to HAProxy's own quotes and variables, and without quotes it may hold nothing that YAML or
 * the reader would take another way.
 */
export function yamlScalar(text: string, comment: string | undefined): string {
  return isPlain(text, comment) ? text : `'${text.replaceAll("'", "''")}'`;
}

function isPlain(text: string, comment: string | undefined): boolean {
  // A comment behind quotes or braces makes the reader ask whether YAML cut the text.
  if (comment !== undefined && (/['"{}]/.test(text) || /^\s*#[^\s#!]/.test(comment))) return false;
  return /^[A-Za-z0-9_/.(=~^+\\]/.test(text) && !/[$\x00-\x1f\x7f]|: | #|[:\s]$/.test(text);
}

/** A word that is the one text of its keyword, as a scalar; undefined when it holds variables. */
export function yamlText(word: string, comment: string | undefined): string | undefined {
  let variables = 0;
  const { words } = splitWords(word, {
    expansion: "in-quotes",
    place: () => ({ file: "", line: 1, column: 1 }),
    variable: () => {
      variables++;
      return "x";
    },
  });
  const text = words[0]?.text;
  if (variables > 0 || text === undefined) return undefined;
  if (!/[\n\r]/.test(text)) return yamlScalar(text, comment);
  const escaped = text.replaceAll(/[\\"]/g, "\\$&").replaceAll("$", "\\\\$");
  return `"${escaped.replaceAll("\n", "\\n").replaceAll("\r", "\\r")}"`;
}
