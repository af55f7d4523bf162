import { Address } from "../lang/address.ts";

export interface Network {
  readonly address: Address;
  readonly mask: Address;
}

/** `address[/bits]`, or `/dotted.mask` with IPv4; undefined for anything else. */
export function parseNetwork(text: string): Network | undefined {
  const slash = text.indexOf("/");
  const address = Address.parse(slash < 0 ? text : text.substring(0, slash));
  if (!address) return undefined;
  const width = address.family === 4 ? 32 : 128;
  if (slash < 0) return { address, mask: maskOf(address.family, width) };
  const suffix = text.substring(slash + 1);
  if (/^[0-9]{1,3}$/.test(suffix)) {
    const bits = Number(suffix);
    return bits <= width ? { address, mask: maskOf(address.family, bits) } : undefined;
  }
  const mask = Address.parse(suffix);
  return mask?.family === 4 && address.family === 4 ? { address, mask } : undefined;
}

function maskOf(family: 4 | 6, bits: number): Address {
  const word = (index: number) => {
    const ones = Math.min(32, Math.max(0, bits - index * 32));
    return ones === 0 ? 0 : (0xffffffff << (32 - ones)) >>> 0;
  };
  return family === 4 ? Address.v4(word(0)) : Address.v6(word(0), word(1), word(2), word(3));
}
