import { Address } from "../address.ts";

const zero = 48;
const dot = 46;

/** An IPv4 address at the start of a text, and where it ends. */
export interface LeadingIpv4 {
  readonly address: Address;
  readonly end: number;
}

/**
 * Four decimal bytes with dots between them, leading zeros allowed; ends at the first byte that is
 * neither digit nor dot. Undefined when there are not exactly four.
 */
export function leadingIpv4(text: string, from: number): LeadingIpv4 | undefined {
  let word = 0;
  let octet = -1;
  let octets = 0;
  let i = from;
  for (; i < text.length; i++) {
    const c = text.charCodeAt(i);
    const digit = c - zero;
    if (digit >= 0 && digit <= 9) {
      if (octet < 0) {
        if (++octets > 4) return undefined;
        octet = 0;
      }
      octet = octet * 10 + digit;
      if (octet > 255) return undefined;
    } else if (c === dot) {
      if (octet < 0 || octets === 4) return undefined;
      word = word * 256 + octet;
      octet = -1;
    } else break;
  }
  if (octets < 4 || octet < 0) return undefined;
  return { address: Address.v4(word * 256 + octet), end: i };
}

/**
 * An address as it stands in a header (`hdr_ip`): `a.b.c.d`, `a.b.c.d:port`, IPv6, IPv6 in square
 * brackets. Undefined for anything else.
 */
export function headerAddress(text: string): Address | undefined {
  const v4 = leadingIpv4(text, 0);
  if (v4 !== undefined) {
    if (v4.end === text.length) return v4.address;
    if (text.charCodeAt(v4.end) === 58 && isPort(text, v4.end + 1)) return v4.address;
  }
  if (!text.includes(":")) return undefined;
  if (text.charCodeAt(0) === 91 && text.charCodeAt(text.length - 1) === 93) {
    text = text.substring(1, text.length - 1);
  }
  const v6 = Address.parse(text);
  return v6?.family === 6 ? v6 : undefined;
}

/** From `from` to the end stands a decimal number of at most 65535. */
function isPort(text: string, from: number): boolean {
  if (from === text.length) return false;
  let port = 0;
  for (let i = from; i < text.length; i++) {
    const digit = text.charCodeAt(i) - zero;
    if (digit < 0 || digit > 9) return false;
    port = port * 10 + digit;
    if (port > 65535) return false;
  }
  return true;
}
