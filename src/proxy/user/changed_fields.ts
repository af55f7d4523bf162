import type { ResponseHead } from "../../http/response_head.ts";

/** Fields of one connection, which a Response has no say in. */
export const connectionFields: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "transfer-encoding",
]);

/** Carries over to the raw head what differs from what it was offered as; the rest stays as received. */
export function applyChanges(head: ResponseHead, offered: Headers, now: Headers): void {
  for (const name of new Set([...offered.keys(), ...now.keys()])) {
    if (connectionFields.has(name)) continue;
    const before = valuesOf(offered, name);
    const after = valuesOf(now, name);
    if (before.length === after.length && before.every((value, i) => value === after[i])) continue;
    if (name === "set-cookie") changeLines(head, name, after);
    else changeValue(head, name, before[0], after[0]);
  }
}

/** Writes a Response's fields into an empty head. */
export function copyFields(head: ResponseHead, headers: Headers): void {
  for (const name of new Set(headers.keys())) {
    if (connectionFields.has(name)) continue;
    for (const value of valuesOf(headers, name)) head.add(name, value);
  }
}

/** Cookies are a line each: those that are still there keep their places. */
function changeLines(head: ResponseHead, name: string, after: readonly string[]): void {
  const wanted = [...after];
  for (let i = head.find(name); i >= 0; i = head.find(name, i)) {
    const at = wanted.indexOf(head.value(i));
    if (at < 0) head.remove(i);
    else wanted.splice(at, 1);
  }
  for (const value of wanted) head.add(name, value);
}

/** Headers join a field's lines with commas: what was appended is a line more, all else one line. */
function changeValue(
  head: ResponseHead,
  name: string,
  before: string | undefined,
  after: string | undefined,
): void {
  if (before !== undefined && after?.startsWith(before + ", ")) {
    return head.add(name, after.slice(before.length + 2));
  }
  const first = head.find(name);
  if (after === undefined || first < 0) {
    head.removeAll(name);
    if (after !== undefined) head.add(name, after);
    return;
  }
  head.replace(first, after);
  for (let i = head.find(name, first); i >= 0; i = head.find(name, i)) head.remove(i);
}

function valuesOf(headers: Headers, name: string): string[] {
  if (name === "set-cookie") return headers.getSetCookie();
  const value = headers.get(name);
  return value === null ? [] : [value];
}
