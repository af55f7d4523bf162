import type { ResponseHead } from "./response_head.ts";

const forbidding = /^(no-cache|no-store|private|max-age=0|s-maxage=0)$/i;

/** Whether an answer calls itself cacheable, as HAProxy reads it for `nocache`. */
export function isPublic(head: ResponseHead): boolean {
  for (const value of valuesOf(head, "pragma")) if (/^no-cache/i.test(value)) return false;
  const values = [...valuesOf(head, "cache-control")];
  return values.some((value) => /^public$/i.test(value)) &&
    !values.some((value) => forbidding.test(value));
}

function* valuesOf(head: ResponseHead, name: string): Generator<string> {
  for (let i = head.find(name); i >= 0; i = head.find(name, i)) {
    for (const value of head.value(i).split(",")) yield value.trim();
  }
}
