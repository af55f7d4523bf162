import { Buffer } from "node:buffer";
import { Address } from "../../lang/address.ts";
import { crc32c } from "./crc32c.ts";
import {
  type AddressPair,
  type Tlv,
  tlvType,
  v2BytesMax,
  v2PrefixBytes,
  v2Signature,
} from "./header.ts";

/** A version 1 line, latin1; `UNKNOWN` without addresses. */
export function writeV1(pair: AddressPair | undefined): string {
  if (!pair) return "PROXY UNKNOWN\r\n";
  const { src, dst, srcPort, dstPort } = sameFamily(pair);
  return `PROXY TCP${src.family} ${src} ${dst} ${srcPort} ${dstPort}\r\n`;
}

/**
 * A version 2 header, latin1: `PROXY` with these addresses, `LOCAL` without. The values keep their
 * order; `checksum` stands for the place of one. A value for which there is no room is left out.
 */
export function writeV2(
  pair: AddressPair | undefined,
  tlvs: readonly (Tlv | "checksum")[],
): string {
  let rest = pair ? addressBlock(sameFamily(pair)) : "";
  let checksumAt = -1;
  for (const tlv of tlvs) {
    const { type, value } = tlv === "checksum" ? noChecksum : tlv;
    if (v2PrefixBytes + rest.length + 3 + value.length > v2BytesMax) continue;
    if (tlv === "checksum") checksumAt = v2PrefixBytes + rest.length + 3;
    rest += String.fromCharCode(type) + uint16(value.length) + value;
  }
  const family = !pair ? "\x00" : pair.src.family === 4 && pair.dst.family === 4 ? "\x11" : "\x21";
  const header = v2Signature + (pair ? "\x21" : "\x20") + family + uint16(rest.length) + rest;
  if (checksumAt < 0) return header;
  const checksum = crc32c(Buffer.from(header, "latin1"));
  return header.substring(0, checksumAt) + uint32(checksum) + header.substring(checksumAt + 4);
}

const noChecksum: Tlv = { type: tlvType.crc32c, value: "\0\0\0\0" };

/** Two families make IPv6, the IPv4 address mapped. */
function sameFamily(pair: AddressPair): AddressPair {
  const { src, dst } = pair;
  return src.family === dst.family ? pair : { ...pair, src: asV6(src), dst: asV6(dst) };
}

function asV6(address: Address): Address {
  return address.family === 6 ? address : Address.v6(0, 0, 0xffff, address.d);
}

function addressBlock({ src, dst, srcPort, dstPort }: AddressPair): string {
  return words(src) + words(dst) + uint16(srcPort) + uint16(dstPort);
}

function words({ family, a, b, c, d }: Address): string {
  return family === 4 ? uint32(d) : uint32(a) + uint32(b) + uint32(c) + uint32(d);
}

function uint32(word: number): string {
  return uint16(word >>> 16) + uint16(word & 0xffff);
}

function uint16(word: number): string {
  return String.fromCharCode(word >>> 8, word & 255);
}
