import type { ConverterSpec } from "../spec.ts";
import { addressConverters } from "./address.ts";
import { arithmeticConverters } from "./arithmetic.ts";
import { captureConverters } from "./capture.ts";
import { cipherConverters } from "./cipher.ts";
import { digestConverters } from "./digest.ts";
import { encodingConverters } from "./encoding.ts";
import { forwardedConverters } from "./forwarded.ts";
import { hashConverters } from "./hash.ts";
import { joinConverters } from "./join.ts";
import { jsonQueryConverters } from "./json_query.ts";
import { jsonTextConverters } from "./json_text.ts";
import { jwtConverters } from "./jwt.ts";
import { languageConverters } from "./language.ts";
import { mapConverters } from "./map.ts";
import { partConverters } from "./part.ts";
import { proxyConverters } from "./proxy.ts";
import { regsubConverters } from "./regsub.ts";
import { textConverters } from "./text.ts";
import { timeConverters } from "./time.ts";
import { truthConverters } from "./truth.ts";
import { urlConverters } from "./url.ts";
import { variableConverters } from "./variable.ts";
import { whenConverters } from "./when.ts";

/** Every converter that ships. */
export const converterSpecs: readonly ConverterSpec[] = distinct([
  ...arithmeticConverters,
  ...truthConverters,
  ...textConverters,
  ...partConverters,
  ...joinConverters,
  ...regsubConverters,
  ...encodingConverters,
  ...urlConverters,
  ...jsonTextConverters,
  ...jsonQueryConverters,
  ...jwtConverters,
  ...hashConverters,
  ...digestConverters,
  ...cipherConverters,
  ...timeConverters,
  ...languageConverters,
  ...addressConverters,
  ...forwardedConverters,
  ...mapConverters,
  ...proxyConverters,
  ...variableConverters,
  ...captureConverters,
  ...whenConverters,
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
