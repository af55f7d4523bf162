import type { CheckMatch, HeaderPattern } from "../../config/check_plan.ts";
import type { ResponseHead } from "../../http/response_head.ts";
import type { Context } from "../../lang/context.ts";
import { textOf } from "./check_context.ts";

/** `http-check expect hdr`: undefined when a format of it gives nothing. */
export function headerMatches(
  { name, value, full }: Extract<CheckMatch, { kind: "header" }>,
  head: ResponseHead,
  cx: Context,
): boolean | undefined {
  const named = tester(name, cx, (text) => text.toLowerCase());
  const valued = value ? tester(value, cx, (text) => text) : () => true;
  if (!named || !valued) return undefined;
  for (let i = head.next(-1); i >= 0; i = head.next(i)) {
    if (!named(head.name(i))) continue;
    if (!value) return true;
    // A value is a list at commas, unless it is asked for as a whole.
    const text = head.value(i);
    if (full ? valued(text) : text.split(",").some((part) => valued(part.trim()))) return true;
  }
  return false;
}

function tester(
  pattern: HeaderPattern,
  cx: Context,
  fold: (text: string) => string,
): ((text: string) => boolean) | undefined {
  if (pattern.method === "reg") return (text) => pattern.regex.test(text);
  const wanted = fold(textOf(pattern.text, cx));
  if (wanted === "") return undefined;
  const test = methods[pattern.method];
  return (text) => test(fold(text), wanted);
}

const methods = {
  str: (text: string, wanted: string) => text === wanted,
  beg: (text: string, wanted: string) => text.startsWith(wanted),
  end: (text: string, wanted: string) => text.endsWith(wanted),
  sub: (text: string, wanted: string) => text.includes(wanted),
} as const;
