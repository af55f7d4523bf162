import type { RequestHead } from "../http/request_head.ts";

/** What becomes of field names that a server may take for others (`X_Forwarded-For`). */
export type HeaderNamePolicy = "delete" | "reject";

/** Looks at the names behind the rules of a proxy: `option http-restrict-req-hdr-names`. */
export function restrictNames(
  head: RequestHead,
  policy: HeaderNamePolicy,
): "passed" | "refused" {
  for (let i = head.next(-1); i >= 0; i = head.next(i)) {
    if (/^[a-zA-Z0-9-]*$/.test(head.name(i))) continue;
    if (policy === "reject") return "refused";
    head.remove(i);
  }
  return "passed";
}
