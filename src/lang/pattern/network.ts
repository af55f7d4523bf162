import { Address } from "../address.ts";
import { LangError } from "../spec.ts";

/** An address pattern: the address and the bits of it that count. */
export interface Network {
  readonly address: Address;
  /** One bit for each bit of the address; IPv4 uses `d` alone. */
  readonly mask: Address;
  /** Length of the prefix; undefined for an IPv4 mask with gaps. */
  readonly bits: number | undefined;
}

/**
 * `a.b.c.d`, `a.b.c.d/bits`, `a.b.c.d/mask`, `ipv6`, `ipv6/bits`, or a name that `resolve` knows,
 * with an IPv4 mask. Throws LangError.
 */
export function parseNetwork(
  text: string,
  resolve?: (name: string) => Address | undefined,
): Network {
  const slash = text.indexOf("/");
  const name = slash < 0 ? text : text.substring(0, slash);
  const suffix = slash < 0 ? undefined : text.substring(slash + 1);
  const address = Address.parse(name) ?? (name === "" ? undefined : resolve?.(name));
  const mask = address && parseMask(suffix, address.family);
  if (address === undefined || mask === undefined) {
    throw new LangError(`'${text}' is not a valid IPv4 or IPv6 address`, text);
  }
  return { address, mask, bits: prefixLength(mask) };
}

function parseMask(text: string | undefined, family: 4 | 6): Address | undefined {
  const width = family === 4 ? 32 : 128;
  if (text === undefined) return prefixMask(family, width);
  if (/^[0-9]{1,3}$/.test(text)) {
    const bits = Number(text);
    return bits <= width ? prefixMask(family, bits) : undefined;
  }
  const mask = Address.parse(text);
  return family === 4 && mask?.family === 4 ? mask : undefined;
}

/** The mask of a prefix of that many bits. */
export function prefixMask(family: 4 | 6, bits: number): Address {
  const word = (at: number) => {
    const ones = Math.min(Math.max(bits - at, 0), 32);
    return ones === 0 ? 0 : (-1 << (32 - ones)) >>> 0;
  };
  return family === 4 ? Address.v4(word(0)) : Address.v6(word(0), word(32), word(64), word(96));
}

function prefixLength(mask: Address): number | undefined {
  let bits = 0;
  let ended = false;
  for (const word of mask.family === 4 ? [mask.d] : [mask.a, mask.b, mask.c, mask.d]) {
    const ones = Math.clz32(~word);
    if (ended && word !== 0) return undefined;
    if (ones < 32) {
      if (word << ones !== 0) return undefined;
      ended = true;
    }
    bits += ones;
  }
  return bits;
}

/**
 * The short forms of `inet_aton` (`127.1`, `10.12`, `300`; a leading 0 is octal): the last number
 * fills what is left. HAProxy reads them through its resolver, and so not under `-n`.
 */
export function parseShortAddress(text: string): Address | undefined {
  const parts = text.split(".");
  if (parts.length > 4) return undefined;
  let word = 0;
  for (const [i, part] of parts.entries()) {
    if (!/^(0[0-7]*|[1-9][0-9]*)$/.test(part)) return undefined;
    const number = parseInt(part, part.startsWith("0") ? 8 : 10);
    const last = i === parts.length - 1;
    const limit = last ? 256 ** (5 - parts.length) : 256;
    if (number >= limit) return undefined;
    word = last ? word * limit + number : word * 256 + number;
  }
  return Address.v4(word);
}
