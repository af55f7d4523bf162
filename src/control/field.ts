/** What `show info` and `show stat` give, and the forms in which they do. */

/** First letter of a tag: what a value comes from. */
const origins = { M: "Metric", S: "Status", K: "Key", C: "Config", P: "Product" } as const;
/** Second letter: what kind of value it is. */
const natures = {
  G: "Gauge",
  L: "Limit",
  m: "Min",
  M: "Max",
  R: "Rate",
  C: "Counter",
  D: "Duration",
  A: "Age",
  T: "Time",
  N: "Name",
  O: "Output",
  a: "Avg",
} as const;
/** Third letter: where it is true. */
const scopes = { C: "Cluster", P: "Process", S: "Service", s: "System" } as const;

export type FieldTag = `${keyof typeof origins}${keyof typeof natures}${keyof typeof scopes}`;

/** A number, or text; undefined where it means nothing. */
export type FieldValue = number | string | undefined;

/** A row of a table of fields; its place in the table is its number. */
export interface FieldSpec {
  readonly name: string;
  readonly tag: FieldTag;
  readonly type: "u32" | "s32" | "u64" | "str";
  /** A clause for `desc`. */
  readonly doc: string;
}

/** A field in the typed form behind its place: `scur.1:MGP:u32:0`. */
export function typedField({ name, tag, type }: FieldSpec, value: number | string): string {
  return `${name}.1:${tag}:${type}:${value}`;
}

/** A field as `show info json` and `show stat json` have it, behind the keys that they add. */
export function jsonField(
  { name, tag, type }: FieldSpec,
  place: number,
  value: number | string,
): Record<string, unknown> {
  const [origin, nature, scope] = tag as unknown as [
    keyof typeof origins,
    keyof typeof natures,
    keyof typeof scopes,
  ];
  return {
    field: { pos: place, name },
    processNum: 1,
    tags: { origin: origins[origin], nature: natures[nature], scope: scopes[scope] },
    value: { type, value },
  };
}
