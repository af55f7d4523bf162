import type { VariableScope } from "../lang/context.ts";
import { LangError } from "../lang/spec.ts";
import { Bin, type Value } from "../lang/value.ts";

/** Whether a variable may be set, from what it is (undefined: not set) and what it would be. */
export type SetCondition = (
  current: Value | undefined,
  next: Value,
  scope: VariableScope,
) => boolean;

const isEmpty = (value: Value): boolean =>
  value === "" || (value instanceof Bin && value.bytes === "");

const isNumber = (value: Value | undefined): value is number | bigint =>
  typeof value === "number" || typeof value === "bigint";

/** HAProxy creates `proc` variables while it reads the configuration: they always exist. */
const exists = (current: Value | undefined, scope: VariableScope): boolean =>
  current !== undefined || scope === "proc";

const setConditions: Readonly<Record<string, SetCondition>> = {
  ifexists: (current, _next, scope) => exists(current, scope),
  ifnotexists: (current, _next, scope) => !exists(current, scope),
  ifempty: (_current, next) => isEmpty(next),
  ifnotempty: (_current, next) => !isEmpty(next),
  ifset: (current) => current !== undefined,
  ifnotset: (current) => current === undefined,
  ifgt: (current, next) => !isNumber(current) || !isNumber(next) || current > next,
  iflt: (current, next) => !isNumber(current) || !isNumber(next) || current < next,
};

/** At most this many conditions, as in HAProxy. */
export const setConditionsMax = 4;

/** Compiles the words behind the name in `set-var(txn.x,ifset)`. Throws LangError. */
export function parseSetConditions(words: readonly string[]): readonly SetCondition[] {
  if (words.length > setConditionsMax) throw new LangError("too many conditions");
  return words.map((word) => {
    if (Object.hasOwn(setConditions, word)) return setConditions[word]!;
    throw new LangError(`unknown condition "${word}"`, word);
  });
}
