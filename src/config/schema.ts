import { toJsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";
import { keywordRows } from "./keyword/catalog.ts";
import type { KeywordRow } from "./keyword/spec.ts";
import { sectionSpecs } from "./section.ts";

/** What may stand behind a keyword in YAML: the rest of the line, several lines, or more words. */
type LineValue =
  | string
  | number
  | boolean
  | null
  | readonly LineValue[]
  | { readonly [word: string]: LineValue };

const scalar = v.union([v.string(), v.number(), v.boolean(), v.null()]);

/** Schemas that stand in many places: the JSON Schema refers to each instead of repeating it. */
const definitions: Record<string, v.GenericSchema> = {};

function define(name: string, schema: v.GenericSchema): v.GenericSchema {
  definitions[name] = schema;
  return v.lazy(() => schema);
}

const line: v.GenericSchema<LineValue> = v.lazy(() => definitions.line as typeof line);
define("line", v.union([scalar, v.array(line), v.record(v.string(), line)]));

function described<T extends v.GenericSchema>(schema: T, rows: readonly KeywordRow[]) {
  const lines = rows.map((row) => `${row.syntax}\n${row.doc}`);
  return v.pipe(schema, v.description(lines.join("\n\n")));
}

/** A keyword of one word, or all keywords that begin with the same word. */
function keywordValue(first: string, rows: readonly KeywordRow[]): v.GenericSchema {
  const own = rows.filter((row) => row.name === first);
  if (own.length > 0) return described(line, own);
  const members = new Map<string, KeywordRow[]>();
  for (const row of rows) {
    const second = row.name.split(" ")[1]!;
    members.set(second, [...members.get(second) ?? [], row]);
  }
  const entries = Object.fromEntries(
    [...members].map(([word, list]) => [word, v.optional(described(line, list))]),
  );
  const words = v.strictObject(entries);
  const lines = v.array(v.union([v.string(), words]));
  return v.union([v.string(), words, lines]);
}

/** The keywords of a kind of section, refused ones left out: an editor should not offer them. */
function sectionEntries(kind: string): Record<string, v.GenericSchema> {
  const groups = new Map<string, KeywordRow[]>();
  for (const row of keywordRows) {
    if (row.refused || !row.sections.some((section) => section === kind)) continue;
    const first = row.name.split(" ")[0]!;
    groups.set(first, [...groups.get(first) ?? [], row]);
  }
  const entries: Record<string, v.GenericSchema> = {};
  for (const [first, rows] of groups) entries[first] = v.optional(keywordValue(first, rows));
  if (keywordRows.some((row) => row.negatable && row.sections.some((name) => name === kind))) {
    entries.no = v.optional(
      v.pipe(line, v.description("Undoes an option: no: option httplog")),
    );
  }
  return entries;
}

/** A section: a mapping, or a list of mappings and raw lines where the order matters. */
function sectionSchema(kind: string, inherits: boolean): v.GenericSchema {
  const entries = sectionEntries(kind);
  if (inherits) {
    const text = v.pipe(v.string(), v.description("The defaults section to inherit from."));
    entries.from = v.optional(text);
  }
  const mapping = define(`${kind}_lines`, v.strictObject(entries as v.ObjectEntries));
  const list = v.array(v.union([v.string(), mapping]));
  return define(`${kind}_section`, v.union([mapping, list, v.null()]));
}

function fileEntries(): Record<string, v.GenericSchema> {
  const entries: Record<string, v.GenericSchema> = {};
  for (const { kind, name, inherits, doc } of sectionSpecs) {
    const body = sectionSchema(kind, inherits);
    const named = v.record(v.string(), body);
    const schema = name === "required" ? v.union([named, v.array(named)]) : body;
    entries[kind] = v.optional(v.pipe(schema, v.description(doc)));
  }
  return entries;
}

const names = sectionSpecs.map(({ kind }) => kind).join("|");
const sectionKey = v.pipe(
  v.string(),
  v.regex(new RegExp(`^(${names}|defaults [A-Za-z0-9.:_-]+)$`)),
);

/** The shape of a YAML configuration. It knows keywords, not what their arguments mean. */
export const configurationSchema: v.GenericSchema = v.union([
  v.intersect([v.looseObject(fileEntries()), v.record(sectionKey, v.unknown())]),
  v.array(v.union([v.string(), v.record(v.string(), v.unknown())])),
]);

/** The same as JSON Schema, for editors. */
export function configurationJsonSchema(): object {
  const schema = toJsonSchema(configurationSchema, { definitions, errorMode: "ignore" });
  return { ...schema, title: "Sluice configuration" };
}
