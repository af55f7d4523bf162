import type { Exchange } from "./exchange.ts";

/** The exchange's id from `unique-id-format`; undefined where none is configured. */
export function uniqueIdOf(x: Exchange): string | undefined {
  return x.frontendPlan.uniqueIdFormat?.render(x);
}
