import type { Value } from "../value.ts";
import type { PatternEntry, RegexCapture } from "./entry.ts";
import type { PatternList, PatternView } from "./list.ts";

/** A two-column list looked up by one match method, as the `map_*` converters do. */
export class PatternMap {
  constructor(readonly list: PatternList, private readonly view: PatternView) {}

  /** The value text behind the key that matches; `value` is of the type the method takes. */
  lookup(value: Value): string | undefined {
    return this.view.find(value)?.value;
  }

  /** The key that matches, as written. */
  lookupKey(value: Value): string | undefined {
    return this.view.find(value)?.text;
  }

  /** For `regm`: the entry and what its expression captured. */
  capture(value: Value): { entry: PatternEntry; capture: RegexCapture } | undefined {
    return this.view.capture(value);
  }
}
