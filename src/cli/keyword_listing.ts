import { predicates } from "../config/condition/predicates.ts";
import { bindOptions } from "../config/keyword/bind_options.ts";
import { keywordRows } from "../config/keyword/catalog.ts";
import { serverOptions } from "../config/keyword/server_options.ts";
import { aclDerivatives, converters, fetches } from "../lang/catalog.ts";
import { convertersMissing, fetchesMissing } from "../lang/missing_names.ts";
import { matchMethods } from "../lang/pattern/match_method.ts";
import { predefinedAcls } from "../lang/predefined_acls.ts";
import type { ArgSpec } from "../lang/spec.ts";
import { actionSpecs, knownUnsupportedActions } from "../rules/catalog.ts";

/** A row of any table, as `sluice keywords` shows it. */
export interface ListedKeyword {
  readonly table:
    | "keyword"
    | "bind option"
    | "server option"
    | "action"
    | "fetch"
    | "converter"
    | "acl keyword"
    | "match method"
    | "predefined acl"
    | "predicate";
  readonly name: string;
  readonly syntax: string;
  readonly doc: string;
  /** Sections, rule sets or types, whatever the table is about. */
  readonly where: string;
  readonly supported: boolean;
}

/** All rows of all tables. */
export function listKeywords(): ListedKeyword[] {
  return [...configuration(), ...actions(), ...expressions(), ...matches(), ...conditions()];
}

function configuration(): ListedKeyword[] {
  const lines = keywordRows.map(({ name, syntax, doc, sections, refused }): ListedKeyword => {
    return { table: "keyword", name, syntax, doc, where: sections.join(" "), supported: !refused };
  });
  const options = (table: "bind option" | "server option") =>
    (table === "bind option" ? bindOptions : serverOptions).map(
      ({ name, syntax, doc, refused }): ListedKeyword => ({
        table,
        name,
        syntax,
        doc,
        where: table === "bind option" ? "bind" : "server default-server",
        supported: !refused,
      }),
    );
  return [...lines, ...options("bind option"), ...options("server option")];
}

function actions(): ListedKeyword[] {
  const known = actionSpecs.map(({ name, syntax, doc, ruleSets }): ListedKeyword => ({
    table: "action",
    name,
    syntax,
    doc,
    where: ruleSets.map((ruleSet) => ruleSet.replace(" ", "_")).join(" "),
    supported: true,
  }));
  const refused = knownUnsupportedActions.map(({ name, reason }): ListedKeyword => ({
    table: "action",
    name,
    syntax: name,
    doc: `Not supported: ${reason}.`,
    where: "",
    supported: false,
  }));
  return [...known, ...refused];
}

function expressions(): ListedKeyword[] {
  const samples = [...fetches.values()].map((spec): ListedKeyword => ({
    table: "fetch",
    name: spec.name,
    syntax: `${spec.name}${argumentsText(spec.args)}`,
    doc: spec.doc,
    where: spec.type,
    supported: true,
  }));
  const conversions = [...converters.values()].map((spec): ListedKeyword => ({
    table: "converter",
    name: spec.name,
    syntax: `${spec.name}${argumentsText(spec.args)}`,
    doc: spec.doc,
    where: `${spec.input} -> ${spec.output}`,
    supported: true,
  }));
  return [
    ...samples,
    ...missing("fetch", fetchesMissing),
    ...conversions,
    ...missing("converter", convertersMissing),
  ];
}

function missing(
  table: "fetch" | "converter",
  reasons: ReadonlyMap<string, string>,
): ListedKeyword[] {
  return [...reasons].map(([name, why]): ListedKeyword => {
    return {
      table,
      name,
      syntax: name,
      doc: `Not supported: ${why}.`,
      where: "",
      supported: false,
    };
  });
}

function matches(): ListedKeyword[] {
  const derivatives = [...aclDerivatives.values()].map(({ name, fetch, match }): ListedKeyword => ({
    table: "acl keyword",
    name,
    syntax: name,
    doc: `${fetch} matched with ${match}`,
    where: "acl",
    supported: true,
  }));
  const methods = matchMethods.map(({ name, doc, takes }): ListedKeyword => ({
    table: "match method",
    name,
    syntax: `-m ${name}`,
    doc,
    where: takes,
    supported: true,
  }));
  const predefined = predefinedAcls.map(({ name, words, doc }): ListedKeyword => ({
    table: "predefined acl",
    name,
    syntax: `${name}: ${words.join(" ")}`,
    doc,
    where: "condition",
    supported: true,
  }));
  return [...derivatives, ...methods, ...predefined];
}

/** `(name[,occurrence])`, "" without arguments. */
function argumentsText(args: readonly ArgSpec[]): string {
  if (args.length === 0) return "";
  let text = "";
  let close = "";
  for (const [i, { name, optional, repeated }] of args.entries()) {
    const separator = i === 0 ? "" : ",";
    const shown = `${separator}<${name}>${repeated ? "..." : ""}`;
    text += optional ? `[${shown}` : shown;
    if (optional) close += "]";
  }
  return `(${text}${close})`;
}

/** What `.if` can ask. */
function conditions(): ListedKeyword[] {
  return predicates.map(({ name, syntax, doc }): ListedKeyword => {
    return { table: "predicate", name, syntax, doc, where: ".if .elif", supported: true };
  });
}
