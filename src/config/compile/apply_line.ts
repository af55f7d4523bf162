import { nearest } from "../../lang/nearest.ts";
import { LangError } from "../../lang/spec.ts";
import { unsupported } from "../../lang/unsupported.ts";
import { ConfigError } from "../config_error.ts";
import type { Directive, SectionKind, Word } from "../directive.ts";
import { removedKeyword } from "../keyword/removed.ts";
import type { KeywordRow, KeywordSpec } from "../keyword/spec.ts";
import type { KeywordTable } from "../keyword/table.ts";
import { timeoutFamilyMessage } from "../keyword/timeout.ts";
import { sectionNames } from "../section.ts";
import { FollowUp } from "./follow_up.ts";
import { Line, type LinePrefix } from "./line.ts";
import type { Site } from "./site.ts";

/** Decides about a keyword before it reads its line; `skip` leaves the line out. */
export type Admission<Draft> = (spec: KeywordSpec<Draft>, line: Line) => "apply" | "skip";

/** Finds a line's keyword and lets it read the line; what goes wrong is reported. */
export function applyLine<Draft>(
  site: Site,
  directive: Directive,
  section: SectionKind,
  table: KeywordTable<Draft>,
  draft: Draft,
  admit: Admission<Draft> = () => "apply",
): void {
  const prefix = prefixOf(directive);
  const words = prefix === "none" ? directive.words : directive.words.slice(1);
  const texts = words.map((word) => word.text);
  try {
    const spec = table.find(texts);
    if (!spec?.sections.includes(section) && !known(spec, section)) {
      throw unknownKeyword(table, words, section);
    }
    const line = new Line(site, directive, words, spec!.name, prefix);
    if (admit(spec!, line) === "skip") return;
    if (asksForNothing(spec!, prefix)) return;
    if (!allows(spec!, prefix)) throw notNegatable(spec!.name, directive);
    spec!.apply(line, draft);
    line.end();
  } catch (error) {
    report(site, directive, error);
  }
}

function prefixOf({ words }: Directive): LinePrefix {
  const first = words[0]!.text;
  return words.length > 1 && (first === "no" || first === "default") ? first : "none";
}

/** `log` can be undone and has no default to go back to. */
function allows<Draft>(spec: KeywordSpec<Draft>, prefix: LinePrefix): boolean {
  return prefix === "none" ||
    (spec.negatable === true && !(prefix === "default" && spec.name === "log"));
}

/** What is not there need not be undone: `no option spop-check` is no reason to refuse a file. */
function asksForNothing<Draft>(spec: KeywordSpec<Draft>, prefix: LinePrefix): boolean {
  const switches = spec.name.startsWith("option ") || spec.name === "insecure-fork-wanted";
  return prefix !== "none" && spec.refused !== undefined && switches;
}

/** A proxy keyword that this kind of proxy has no use for is known all the same. */
function known<Draft>(spec: KeywordSpec<Draft> | undefined, section: SectionKind): boolean {
  const proxies: readonly SectionKind[] = ["defaults", "frontend", "backend", "listen"];
  return spec !== undefined && proxies.includes(section);
}

function report(site: Site, directive: Directive, error: unknown): void {
  if (error instanceof ConfigError) {
    const { code, message, at, hint } = error;
    site.report({ severity: "error", code, at, message, hint });
  } else if (error instanceof LangError) {
    const line = new Line(site, directive, directive.words, directive.words[0]!.text, "none");
    report(site, directive, line.place(error, "expression"));
  } else if (!(error instanceof FollowUp)) throw error;
}

function notNegatable(name: string, directive: Directive): ConfigError {
  const { at } = directive.words[0]!;
  const option = /^option (.*)$/.exec(name)?.[1];
  const message = option === undefined
    ? `negation is supported for options and 'log', not for '${name}'`
    : `negation/default is not supported for option '${option}'`;
  return new ConfigError("not-negatable", message, at);
}

function unknownKeyword<Draft>(
  table: KeywordTable<Draft>,
  words: readonly Word[],
  section: SectionKind,
): ConfigError {
  const [keyword, argument] = words as readonly [Word, Word | undefined];
  const family = table.family(keyword.text).filter((spec) => spec.sections.includes(section));
  if (family.length > 0) return unknownMember(keyword, argument, family);
  const removed = removedKeyword(keyword.text);
  if (removed !== undefined) return new ConfigError("unknown-keyword", removed, keyword.at);
  const message = `unknown keyword '${keyword.text}' in '${section}' section`;
  return new ConfigError("unknown-keyword", message, keyword.at, () => {
    const names = table.specs.filter((spec) => !spec.refused && spec.sections.includes(section))
      .map((spec) => spec.name.split(" ")[0]!);
    return nearest(keyword.text, new Set([...names, ...sectionNames()]));
  });
}

/** The first word is right and the second is not: `timeout clien`, `option htplog`. */
function unknownMember<Draft>(
  keyword: Word,
  argument: Word | undefined,
  family: readonly KeywordSpec<Draft>[],
): ConfigError {
  const skipped = keyword.text.length + 1;
  const members = family.filter((spec) => !spec.refused).map((spec) => spec.name.slice(skipped));
  const hint = argument && (() => nearest(argument.text, members));
  const at = (argument ?? keyword).at;
  const message = memberMessage(keyword.text, argument?.text ?? "", members, family);
  return new ConfigError("unknown-keyword", message, at, hint);
}

function memberMessage(
  keyword: string,
  got: string,
  members: readonly string[],
  family: readonly KeywordRow[],
): string {
  switch (keyword) {
    case "timeout":
      return `${timeoutFamilyMessage} (got '${got}')`;
    case "option":
      return got === "" ? "'option' expects an option name" : `unknown option '${got}'`;
    case "capture":
      return "'capture' expects 'cookie' or 'request header' or 'response header'";
    default: {
      const list = members.map((name) => `'${name}'`).join(", ");
      if (members.length === 0) return unsupported(`'${keyword}'`, family[0]!.refused!);
      return `'${keyword}' only supports ${list}${got === "" ? "" : ` but got '${got}'`}`;
    }
  }
}
