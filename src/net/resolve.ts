import { lookup } from "node:dns/promises";
import { Address } from "../lang/address.ts";

/**
 * The first address that the system has for a name, as libc orders them; undefined when there is
 * none.
 */
export async function resolveHost(host: string, family?: 4 | 6): Promise<Address | undefined> {
  const literal = Address.parse(host);
  if (literal) return literal;
  try {
    const { address } = await lookup(host, { family: family ?? 0, order: "verbatim" });
    return Address.parse(address);
  } catch {
    return undefined;
  }
}
