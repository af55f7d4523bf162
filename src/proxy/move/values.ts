import { Address } from "../../lang/address.ts";
import { Bin, Method, type Value } from "../../lang/value.ts";
import type { ValueDescription, VariablesDescription } from "./description.ts";

/** A variable's value in words that another process understands. */
export function describeValue(value: Value): ValueDescription {
  if (typeof value === "boolean") return { type: "bool", value };
  if (typeof value === "string") return { type: "str", value };
  if (value instanceof Bin) return { type: "bin", value: value.bytes };
  if (value instanceof Method) return { type: "meth", value: value.name };
  if (value instanceof Address) return { type: "addr", value: value.toString() };
  return { type: "int", value: String(value) };
}

/** Undefined for what is no such value after all. */
export function reviveValue(described: ValueDescription): Value | undefined {
  switch (described.type) {
    case "bool":
    case "str":
      return described.value;
    case "bin":
      return new Bin(described.value);
    case "meth":
      return new Method(described.value);
    case "addr":
      return Address.parse(described.value);
    case "int":
      return reviveInt(described.value);
  }
}

function reviveInt(text: string): Value | undefined {
  if (!/^-?\d{1,19}$/.test(text)) return undefined;
  const value = BigInt(text);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

export function describeVariables(
  variables: ReadonlyMap<string, Value> | undefined,
): VariablesDescription {
  return [...variables ?? []].map(([name, value]) => [name, describeValue(value)]);
}

export function reviveVariables(described: VariablesDescription): Map<string, Value> | undefined {
  if (described.length === 0) return undefined;
  const variables = new Map<string, Value>();
  for (const [name, value] of described) {
    const revived = reviveValue(value);
    if (revived !== undefined) variables.set(name, revived);
  }
  return variables;
}
