import { castFor } from "./cast.ts";
import type { CompiledExpression } from "./compiled_expression.ts";
import type { Context } from "./context.ts";
import { parseExpression } from "./expression.ts";
import { needsOf } from "./fetch/phase_mask.ts";
import type { FormatItem, RawItem } from "./log_format_alias.ts";
import { logFormatAliases } from "./log_format_aliases.ts";
import { applyFlags, type FormatFlags, initialFlags } from "./log_format_flags.ts";
import { jsonObject } from "./log_format_json.ts";
import { cutFormat, type FormatPart } from "./log_format_parts.ts";
import { type ItemFlags, messageMap, writeEncoded, writeText } from "./log_format_write.ts";
import { nearest } from "./nearest.ts";
import { isUsable } from "./phase_check.ts";
import type { LangScope } from "./scope.ts";
import { LangError } from "./spec.ts";
import { Address } from "./address.ts";
import type { Value } from "./value.ts";

/** A compiled format string (HAProxy's manual §8.2.6). */
export interface LogFormat {
  /** As written. */
  readonly text: string;
  /** latin1. */
  render(cx: Context): string;
  /** The result where nothing in it depends on the context. */
  readonly constant: string | undefined;
}

export interface LogFormatOptions {
  /**
   * True for log lines: what is empty is shown as `-` and runs of blanks are one. False where the
   * text goes into a message: samples are made safe for a header's value (`%XX`).
   */
  readonly forLog: boolean;
  /** Runs of blanks are one; as `forLog` unless told (`unique-id-format` merges them). */
  readonly mergeBlanks?: boolean;
}

/** A part that is ready to be rendered. */
type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "space" }
  | { readonly kind: "item"; readonly item: FormatItem; readonly name: string };

/** Compiles a format string for where `scope` stands. Throws LangError with HAProxy's texts. */
export function parseLogFormat(
  text: string,
  scope: LangScope,
  options: LogFormatOptions,
): LogFormat {
  const merges = options.mergeBlanks ?? options.forLog;
  let flags = initialFlags(options.forLog);
  let json = false;
  const pieces: Piece[] = [];
  for (const part of cutFormat(text, merges ? "merged" : "kept")) {
    if (part.kind === "text" || part.kind === "space") {
      pieces.push(part);
      continue;
    }
    const own = applyFlags(flags, part.flags);
    if (part.kind === "alias" && part.alias === "o") {
      flags = own;
      json ||= own.json;
    } else {pieces.push({
        kind: "item",
        item: compileItem(part, own, scope, options),
        name: part.name,
      });}
  }
  if (json) return { text, constant: undefined, render: jsonObject(namedItems(pieces)) };
  return assemble(text, pieces);
}

function namedItems(pieces: readonly Piece[]) {
  return pieces.flatMap((piece) => piece.kind === "item" && piece.name !== "" ? [piece] : []);
}

function compileItem(
  part: Exclude<FormatPart, { kind: "text" | "space" }>,
  flags: FormatFlags,
  scope: LangScope,
  options: LogFormatOptions,
): FormatItem {
  if (part.kind === "expression") {
    return compileSample(part.expression, part.type, flags, scope, options);
  }
  const alias = logFormatAliases.get(part.alias);
  if (alias !== undefined) return alias.make(flags);
  throw new LangError(
    `no such format alias '${part.alias}'. If you wanted to emit the '%' character verbatim, ` +
      "you need to use '%%'",
    part.alias,
    () => nearest(part.alias, logFormatAliases.keys()),
  );
}

/** A log line is written when the messages are gone: what it is to hold has to be kept before. */
function wayToTheLog(phase: LangScope["phase"]): string {
  return phase === "log" ? " Keep it by 'http-request set-var' and log the variable" : "";
}

function compileSample(
  text: string,
  type: string,
  flags: ItemFlags,
  scope: LangScope,
  options: LogFormatOptions,
): FormatItem {
  const expression = parseSample(text, scope);
  const { phase, otherPhase = phase } = scope;
  if (!isUsable(expression, phase) && !isUsable(expression, otherPhase)) {
    throw new LangError(
      `sample fetch <${text}> may not be reliably used here because it needs ` +
        `'${needsOf(expression)}' which is not available here.${wayToTheLog(phase)}`,
      text,
    );
  }
  if (expression.raw) scope.readsRawBytes?.(text);
  const cast = castFor(expression.type, "str");
  if (cast === undefined) throw new LangError(`sample <${text}> cannot be shown as text`, text);
  const read = expression.type === "str" ? expression.get : (cx: Context) => {
    const value = expression.get(cx);
    return value === undefined ? undefined : cast(value);
  };
  const asText = read as (cx: Context) => string | undefined;
  // In a message Q does not apply to samples, as in HAProxy.
  const unquoted: ItemFlags = { ...flags, quoted: false };
  return {
    write: options.forLog
      ? (cx) => writeText(asText(cx), flags)
      : (cx) => writeEncoded(asText(cx) ?? "", messageMap, "%", unquoted),
    raw: type === "str" ? asText : (cx) => rawOf(expression.get(cx), asText, cx),
  };
}

function parseSample(text: string, scope: LangScope): CompiledExpression {
  try {
    return parseExpression([text], 0, scope).expression;
  } catch (error) {
    if (!(error instanceof LangError)) throw error;
    throw new LangError(
      `failed to parse sample expression <${text}> : ${error.message}`,
      error.word,
      error.suggestion,
    );
  }
}

/** Booleans and integers stay what they are in structured output. */
function rawOf(
  value: Value | undefined,
  asText: (cx: Context) => string | undefined,
  cx: Context,
): RawItem {
  switch (typeof value) {
    case "undefined":
    case "boolean":
    case "number":
    case "string":
      return value;
    case "bigint":
      return value.toString();
    default:
      return value instanceof Address ? value.toString() : asText(cx);
  }
}

function assemble(text: string, pieces: readonly Piece[]): LogFormat {
  if (pieces.some((piece) => piece.kind === "space")) {
    const render = mergingBlanks(pieces);
    const constant = pieces.some((piece) => piece.kind === "item") ? undefined : constantOf(pieces);
    return { text, constant, render: constant === undefined ? render : () => constant };
  }
  const items = pieces.filter((piece) => piece.kind === "item");
  if (items.length === 0) {
    const constant = pieces.map((piece) => piece.kind === "text" ? piece.text : "").join("");
    return { text, constant, render: () => constant };
  }
  if (pieces.length === 1) {
    const { item } = items[0]!;
    return { text, constant: undefined, render: (cx) => item.write(cx) ?? "" };
  }
  return { text, constant: undefined, render: inARow(pieces) };
}

function inARow(pieces: readonly Piece[]): (cx: Context) => string {
  return (cx) => {
    let out = "";
    for (let i = 0; i < pieces.length; i++) {
      const piece = pieces[i]!;
      if (piece.kind === "item") out += piece.item.write(cx) ?? "";
      else if (piece.kind === "text") out += piece.text;
    }
    return out;
  };
}

/** A blank is written only behind something: none at the start, one of several. */
function mergingBlanks(pieces: readonly Piece[]): (cx: Context) => string {
  return (cx) => {
    let out = "";
    let behindBlank = true;
    for (let i = 0; i < pieces.length; i++) {
      const piece = pieces[i]!;
      if (piece.kind === "space") {
        if (!behindBlank) out += " ";
        behindBlank = true;
        continue;
      }
      const written = piece.kind === "text" ? piece.text : piece.item.write(cx);
      if (written === undefined) continue;
      out += written;
      behindBlank = false;
    }
    return out;
  };
}

function constantOf(pieces: readonly Piece[]): string {
  let out = "";
  for (const piece of pieces) {
    if (piece.kind === "text") out += piece.text;
    else if (out !== "" && !out.endsWith(" ")) out += " ";
  }
  return out;
}
