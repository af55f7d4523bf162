import type { Context } from "./context.ts";
import type { FormatItem, RawItem } from "./log_format_alias.ts";

interface NamedItem {
  readonly name: string;
  readonly item: FormatItem;
}

/**
 * The items by name as one JSON object on a line. The text stays latin1: bytes above 126 are
 * written as `\u00XX`, so that the line is ASCII.
 */
export function jsonObject(items: readonly NamedItem[]): (cx: Context) => string {
  const keys = items.map(({ name }, i) => (i === 0 ? "{" : ", ") + quote(name) + ": ");
  if (items.length === 0) return () => "{}";
  return (cx) => {
    let out = "";
    for (let i = 0; i < items.length; i++) out += keys[i]! + jsonValue(items[i]!.item.raw(cx));
    return out + "}";
  };
}

function jsonValue(value: RawItem): string {
  if (value === undefined || value === "") return "null";
  return typeof value === "string" ? quote(value) : String(value);
}

function quote(text: string): string {
  return JSON.stringify(text).replace(
    /[\x7f-\xff]/g,
    (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}
