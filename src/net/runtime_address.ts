import { Address } from "../lang/address.ts";

/** An address in a runtime's words: it writes an IPv4 peer of a dual-stack socket as `::ffff:a.b.c.d`, HAProxy does not. */
export function runtimeAddress(text: string | undefined): Address | undefined {
  if (!text) return undefined;
  return Address.parse(text.startsWith("::ffff:") && text.includes(".") ? text.slice(7) : text);
}
