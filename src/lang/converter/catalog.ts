import type { ConverterSpec } from "../spec.ts";
import { arithmeticConverters } from "./arithmetic.ts";
import { joinConverters } from "./join.ts";
import { partConverters } from "./part.ts";
import { textConverters } from "./text.ts";
import { truthConverters } from "./truth.ts";

/** Every converter that ships. */
export const converterSpecs: readonly ConverterSpec[] = distinct([
  ...arithmeticConverters,
  ...truthConverters,
  ...textConverters,
  ...partConverters,
  ...joinConverters,
]);

/** Throws when two rows have one name. */
function distinct(specs: readonly ConverterSpec[]): readonly ConverterSpec[] {
  const names = new Set<string>();
  for (const { name } of specs) {
    if (names.has(name)) throw new TypeError(`two converters are called '${name}'`);
    names.add(name);
  }
  return specs;
}
