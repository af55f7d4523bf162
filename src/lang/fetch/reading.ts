/** What was looked for in bytes of which more may come. */
export type Reading<T> =
  | { readonly kind: "read"; readonly value: T }
  /** More bytes may show it. */
  | "incomplete"
  /** It is not there, whatever comes. */
  | "absent";

export function read<T>(value: T): Reading<T> {
  return { kind: "read", value };
}
