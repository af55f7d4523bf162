import { castFor } from "../lang/cast.ts";
import type { Context } from "../lang/context.ts";
import type { CompiledExpression } from "../lang/expression.ts";
import { LangError } from "../lang/spec.ts";
import type { SampleType, Value } from "../lang/value.ts";

/**
 * An expression whose value is converted to the type that an action works on; undefined at run
 * time where there is no sample or it does not convert. Throws LangError when it never can.
 */
export function castExpression(
  expression: CompiledExpression,
  type: SampleType,
): (cx: Context) => Value | undefined {
  if (expression.type === type) return (cx) => expression.get(cx);
  const cast = castFor(expression.type, type);
  if (cast === undefined) {
    throw new LangError(
      `sample expression '${expression.text}' of type '${expression.type}' cannot be converted to type '${type}'`,
      expression.text,
    );
  }
  return (cx) => {
    const value = expression.get(cx);
    return value === undefined ? undefined : cast(value);
  };
}
