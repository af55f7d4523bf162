import type { Position } from "./diagnostic.ts";

/** A YAML document as the configuration reads it: source text, places, order, nothing resolved. */
export type YamlNode = YamlScalar | YamlMap | YamlList;

export type YamlStyle = "plain" | "single" | "double" | "block";

export interface YamlScalar {
  readonly kind: "scalar";
  readonly style: YamlStyle;
  /** After YAML's own quotes, escapes and folding; latin1. "" plain is a value left out. */
  readonly text: string;
  /** The scalar as it stands in the file. */
  readonly source: string;
  readonly at: Position;
  /** Stands inside `[…]` or `{…}` of YAML. */
  readonly inFlow: boolean;
  /** What YAML cut off as a comment on the last line, from its `#` on. */
  readonly comment: string | undefined;
  /** Where the character at an offset of `text` stands in the file. */
  place(offset: number): Position;
}

export interface YamlMap {
  readonly kind: "map";
  readonly at: Position;
  readonly entries: readonly YamlEntry[];
}

export interface YamlEntry {
  readonly key: YamlScalar;
  /** Undefined where nothing follows the key. */
  readonly value: YamlNode | undefined;
  /** From the key to the end of its line, as it stands in the file. */
  readonly line: string;
}

export interface YamlList {
  readonly kind: "list";
  readonly at: Position;
  readonly items: readonly YamlNode[];
}
