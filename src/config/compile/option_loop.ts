import { nearest } from "../../lang/nearest.ts";
import type { OptionSpec } from "../keyword/spec.ts";
import type { Line } from "./line.ts";

/** An option table by name; refuses a name that stands in it twice. */
export function indexOptions<Draft>(
  table: readonly OptionSpec<Draft>[],
): ReadonlyMap<string, OptionSpec<Draft>> {
  const index = new Map<string, OptionSpec<Draft>>();
  for (const spec of table) {
    if (index.has(spec.name)) throw new Error(`option '${spec.name}' is in the table twice`);
    index.set(spec.name, spec);
  }
  return index;
}

/**
 * Reads options to the end of the line.
 *
 * @param unknown the message for a word that is no option
 */
export function readOptions<Draft>(
  line: Line,
  index: ReadonlyMap<string, OptionSpec<Draft>>,
  draft: Draft,
  unknown: (word: string) => string,
): void {
  for (let word = line.rest[0]; word; word = line.rest[0]) {
    line.take("");
    // `set-proxy-v2-tlv-fmt(0xE1)` carries its argument with it.
    const spec = index.get(word.text) ?? index.get(word.text.replace(/\(.*\)$/, ""));
    if (!spec) {
      throw line.error("unknown-option", unknown(word.text), word, () => {
        const supported = [...index.values()].filter((option) => !option.refused);
        return nearest(word.text, supported.map((option) => option.name));
      });
    }
    spec.apply(line, draft, word);
  }
}
