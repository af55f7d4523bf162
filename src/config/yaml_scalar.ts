import type { Diagnostic } from "./diagnostic.ts";
import type { DiagnosticCode } from "./diagnostic_code.ts";
import type { Word } from "./directive.ts";
import { splitWords, wholeWord, type WordContext } from "./words.ts";
import type { YamlEntry, YamlScalar } from "./yaml_node.ts";
import { quotedForm } from "./yaml_quote.ts";

/** Looks up environment and pseudo variables; undefined when one is not set. */
export type VariableLookup = (name: string) => string | undefined;

/** Collects what is wrong. */
export type Report = (diagnostic: Diagnostic & { readonly code: DiagnosticCode }) => void;

/**
 * The words of a scalar, undefined when it is faulty (then reported).
 *
 * @param reading `words` as a line of configuration, `text` as the one text of its keyword
 */
export function scalarWords(
  scalar: YamlScalar,
  reading: "words" | "text",
  variable: VariableLookup,
  report: Report,
): Word[] | undefined {
  const trap = severedText(scalar) ?? severedItem(scalar) ?? severalLines(scalar, reading);
  if (trap) {
    report({ severity: "error", at: scalar.at, ...trap });
    return undefined;
  }
  const read = reading === "text" ? wholeWord : splitWords;
  // Block scalars end in a line feed that nobody means.
  const text = scalar.style === "block" ? scalar.text.trimEnd() : scalar.text;
  const { words, fault } = read(text, contextOf(scalar, variable));
  if (fault) report({ severity: "error", ...fault });
  return fault ? undefined : words;
}

/** A key's one word, undefined when it is not one (then reported). */
export function keyWord(
  entry: YamlEntry,
  variable: VariableLookup,
  report: Report,
): Word | undefined {
  const { key } = entry;
  const broken = /["']/.test(key.text) || hasOpenBracket(key.text);
  if (!broken) {
    const { words, fault } = splitWords(key.text, contextOf(key, variable));
    if (fault) report({ severity: "error", ...fault });
    if (fault) return undefined;
    if (words.length === 1) return words[0]!;
  }
  const { at } = key;
  report({ severity: "error", code: "yaml-key", at, message: keyMessage(entry, broken) });
  return undefined;
}

function keyMessage({ key, value, line }: YamlEntry, broken: boolean): string {
  if (key.text.trim() === "") return "a key is one word, and this one is empty";
  const quoted = quotedForm(key.inFlow ? key.source : line);
  if (broken) {
    return `a key is one word, and '${key.text}' looks like part of a line that YAML cut; ` +
      `quote the line: ${quoted}`;
  }
  const [first, ...rest] = key.text.trim().split(/\s+/);
  const nested = `${first}: { ${rest.join(": { ")}: ... ${"} ".repeat(rest.length).trim()}`;
  const message = `a key is one word, and '${key.text}' is not; nest the words (${nested})`;
  return value?.kind === "scalar" ? `${message} or quote the line: ${quoted}` : message;
}

function contextOf(scalar: YamlScalar, variable: VariableLookup): WordContext {
  return {
    expansion: scalar.style === "single" ? "in-quotes" : "everywhere",
    variable: (name) => variable(name) ?? pseudoVariable(name, scalar),
    place: scalar.place,
  };
}

function pseudoVariable(name: string, { at }: YamlScalar): string | undefined {
  if (name === ".FILE") return at.file;
  if (name === ".LINE") return String(at.line);
  return undefined;
}

type Trap = { readonly code: DiagnosticCode; readonly message: string };

/**
 * YAML ends a plain scalar at ` #`. HAProxy does so too, but not inside of quotes; and `#x` is
 * nearly always meant as a pattern, `# x` nearly always as a comment.
 */
function severedText({ style, comment, text, source }: YamlScalar): Trap | undefined {
  if (style !== "plain" || comment === undefined || text === "") return undefined;
  const meantAsText = /^#[^\s#!]/.test(comment);
  if (!meantAsText && !hasOpenQuote(text) && !hasOpenBrace(text)) return undefined;
  const instead = meantAsText ? ", or write '# ' for a comment" : "";
  return {
    code: "yaml-comment",
    message: `YAML takes '${comment.trimEnd()}' as a comment; quote the value ` +
      `(${quotedForm(`${source} ${comment}`)})${instead}`,
  };
}

/** `[ path,url_dec(x,1) ]`: YAML splits at every comma, also inside of parentheses. */
function severedItem({ style, inFlow, text, source }: YamlScalar): Trap | undefined {
  if (style !== "plain" || !inFlow || !hasOpenBracket(text)) return undefined;
  return {
    code: "yaml-split",
    message: `YAML cut this value at a comma or bracket, leaving '${source}'; quote the value`,
  };
}

function severalLines({ style, text }: YamlScalar, reading: "words" | "text"): Trap | undefined {
  if (style !== "block" || reading === "text" || !text.trimEnd().includes("\n")) return undefined;
  return {
    code: "yaml-lines",
    message: "a value is one line of configuration; several lines are a list",
  };
}

function hasOpenBracket(text: string): boolean {
  let open = 0;
  for (const c of text) {
    if (c === "(") open++;
    else if (c === ")" && --open < 0) return true;
  }
  return open !== 0 || count(text, "[") !== count(text, "]");
}

function hasOpenQuote(text: string): boolean {
  const bare = text.replaceAll(/\\./g, "").replaceAll(/"[^"]*"|'[^']*'/g, "");
  return /["']/.test(bare);
}

function hasOpenBrace(text: string): boolean {
  const words = text.split(/\s+/);
  return words.filter((word) => word === "{").length > words.filter((word) => word === "}").length;
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}
