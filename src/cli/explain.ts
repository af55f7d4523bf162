import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import process from "node:process";
import { styleText } from "node:util";
import { formatDiagnostic } from "../config/diagnostic.ts";
import { loadConfiguration } from "../config/load.ts";
import type { ConfigurationFormat } from "../config/source_file.ts";
import { decide } from "../decide/decide.ts";
import type { Decision } from "../decide/decision.ts";
import { Address } from "../lang/address.ts";
import { Bin, Method } from "../lang/value.ts";
import { State } from "../state/state.ts";
import {
  addressedAt,
  chooseFrontend,
  type RequestArguments,
  type TypedRequest,
  typedRequest,
  UsageError,
} from "./explain_request.ts";
import { explainText, type Paint, type Tone } from "./explain_text.ts";

export interface ExplainOptions extends RequestArguments {
  /** Configuration files, in order. */
  readonly file: readonly string[];
  readonly format?: ConfigurationFormat;
  readonly frontend?: string;
  readonly json?: boolean;
}

/** What the command prints, and its exit status: 0 decided, 1 configuration error, 2 usage. */
export interface Explanation {
  readonly status: 0 | 1 | 2;
  /** Bytes as latin1 text. */
  readonly out: string;
  readonly err: string;
}

/**
 * `sluice explain`: what would happen to a request, line by line. Nothing is sent, and no State is
 * touched but one of its own.
 *
 * @param url an absolute URL, or a path when a Host header is given or not wanted
 */
export function explainCommand(method: string, url: string, options: ExplainOptions): number {
  const { status, out, err } = explain(method, url, options, paintTerminal);
  process.stderr.write(err);
  process.stdout.write(Buffer.from(out, "latin1"));
  return status;
}

/** As {@link explainCommand}, without printing. */
export function explain(
  method: string,
  url: string,
  options: ExplainOptions,
  paint: Paint,
): Explanation {
  try {
    return explainTyped(typedRequest(method, url, options), options, paint);
  } catch (error) {
    // A line end within a field or a method is a mistake of the caller's as well.
    if (!(error instanceof UsageError || error instanceof SyntaxError)) throw error;
    return { status: 2, out: "", err: `error: ${error.message}\n` };
  }
}

function explainTyped(
  typed: TypedRequest,
  options: ExplainOptions,
  paint: Paint,
): Explanation {
  const state = new State();
  const staged = state.stage();
  const { plan, diagnostics } = loadConfiguration(options.file, {
    staged,
    format: options.format,
  });
  if (!plan) {
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    return { status: 1, out: "", err: errors.map((d) => formatDiagnostic(d) + "\n").join("") };
  }
  staged.commit(plan);
  const frontend = chooseFrontend(plan, options.frontend, typed);
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([, value]) => value !== undefined),
  ) as Record<string, string>;
  const input = { ...typed.input, to: addressedAt(frontend, typed) };
  const decision = decide(plan, frontend.name, input, { env });
  const out = options.json
    ? explainJson(decision)
    : explainText(input, decision, sourceLine, paint);
  return { status: 0, out, err: "" };
}

/** The text of a `file:line`, as latin1. */
function sourceLine(place: string): string | undefined {
  const colon = place.lastIndexOf(":");
  try {
    const text = Buffer.from(readFileSync(place.slice(0, colon))).toString("latin1");
    return text.split(/\r?\n/)[Number(place.slice(colon + 1)) - 1]?.trim();
  } catch {
    return undefined;
  }
}

/** Values that JSON does not know become text; bytes are shown as the UTF-8 they mostly are. */
function explainJson(decision: Decision): string {
  const text = JSON.stringify(decision, (_key, value: unknown) => {
    if (typeof value === "bigint" || value instanceof Address) return value.toString();
    if (value instanceof Bin) return Buffer.from(value.bytes, "latin1").toString("hex");
    if (value instanceof Method) return value.name;
    return typeof value === "string" ? readable(value) : value;
  }, 2);
  return Buffer.from(text + "\n", "utf8").toString("latin1");
}

function readable(text: string): string {
  if (!/^[\x00-\xff]*$/.test(text) || !/[\x80-\xff]/.test(text)) return text;
  const bytes = Buffer.from(text, "latin1");
  const decoded = bytes.toString("utf8");
  return decoded.includes("\ufffd") ? text : decoded;
}

const styles = {
  heading: "bold",
  good: "green",
  bad: "yellow",
  quiet: "dim",
} as const satisfies Record<Tone, string>;

/** Colours only where the terminal takes them: NO_COLOR and pipes get plain text. */
function paintTerminal(tone: Tone, text: string): string {
  return styleText(styles[tone], text, { stream: process.stdout });
}
