import type { Context } from "../context.ts";
import type { ConverterSpec } from "../spec.ts";
import type { Value } from "../value.ts";
import { integerOf } from "./row.ts";

type Direction = "request" | "response";

/** A live transaction knows how long its slots are; other contexts take what comes. */
interface CaptureSlots {
  captureLength(direction: Direction, slot: number): number | undefined;
}

function hasSlots(cx: Context): cx is Context & CaptureSlots {
  return "captureLength" in cx && typeof cx.captureLength === "function";
}

/** Stores the text in a slot, cut to its length; without such a slot nothing happens. */
function capture(direction: Direction): ConverterSpec["make"] {
  const key = direction === "request" ? "requestCaptures" : "responseCaptures";
  return (args) => {
    const slot = Number(integerOf(args[0]) ?? 0);
    return (value: Value, cx: Context) => {
      const slots = cx[key];
      const most = hasSlots(cx)
        ? cx.captureLength(direction, slot)
        : slot < slots.length
        ? Infinity
        : undefined;
      if (most !== undefined) slots[slot] = (value as string).substring(0, most);
      return value;
    };
  };
}

const row = {
  args: [{ name: "id", type: "integer" }],
  input: "str",
  output: "str",
  pure: false,
} as const;

export const captureConverters = [
  {
    ...row,
    name: "capture-req",
    doc: "stores the text in request capture slot <id>, and gives it on",
    make: capture("request"),
  },
  {
    ...row,
    name: "capture-res",
    doc: "stores the text in response capture slot <id>, and gives it on",
    make: capture("response"),
  },
] satisfies ConverterSpec[];
