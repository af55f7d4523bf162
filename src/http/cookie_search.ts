import type { Fields } from "./fields.ts";

/**
 * The first cookie whose name starts with `prefix`, as `name=value` (`capture cookie`): from a
 * Cookie field, or from the beginning of a Set-Cookie field.
 */
export function findCookie(
  head: Fields,
  field: "cookie" | "set-cookie",
  prefix: string,
): string | undefined {
  for (let i = head.find(field); i >= 0; i = head.find(field, i)) {
    const pairs = head.value(i).split(/[;,]/);
    for (const pair of field === "cookie" ? pairs : pairs.slice(0, 1)) {
      const cookie = pair.trim();
      if (cookie.startsWith(prefix)) return cookie;
    }
  }
  return undefined;
}
