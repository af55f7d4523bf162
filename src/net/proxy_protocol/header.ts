import type { Address } from "../../lang/address.ts";

/** A whole version 1 line, its end included (proxy-protocol.txt §2.1). */
export const v1BytesMax = 107;
/** A whole version 2 header: HAProxy reads and writes no more than one buffer of it. */
export const v2BytesMax = 16384;
/** What HAProxy takes of values: any, `authority` and `unique-id`. */
export const tlvBytesMax = 1024;
export const authorityBytesMax = 255;
export const uniqueIdBytesMax = 128;

/** CR LF CR LF NUL CR LF `QUIT` LF, which nothing else starts with. */
export const v2Signature = "\r\n\r\n\0\r\nQUIT\n";
/** Signature, version and command, family and transport, length of the rest. */
export const v2PrefixBytes = 16;

/** Types of those values behind a version 2 header's addresses that mean something here (§2.2). */
export const tlvType = { authority: 0x02, crc32c: 0x03, uniqueId: 0x05 } as const;

export interface Tlv {
  /** 0 to 255. */
  readonly type: number;
  /** latin1. */
  readonly value: string;
}

/** The two ends of a TCP connection. */
export interface AddressPair {
  readonly src: Address;
  readonly srcPort: number;
  readonly dst: Address;
  readonly dstPort: number;
}

/** Whose connection it is; `unknown` is anything that is neither TCP nor a unix stream. */
export type ProxyAddresses =
  | ({ readonly family: "tcp4" | "tcp6" } & AddressPair)
  | { readonly family: "unix"; readonly src: string; readonly dst: string }
  | { readonly family: "unknown" };

/** A PROXY protocol header, of either version. */
export interface ProxyHeader {
  readonly version: 1 | 2;
  /** `LOCAL`: the sender's own connection, a health check for instance; its addresses are unknown. */
  readonly command: "LOCAL" | "PROXY";
  readonly addresses: ProxyAddresses;
  /** In the order received, the checksum included; none in version 1. */
  readonly tlvs: readonly Tlv[];
}

/** What can be wrong with the bytes. */
export type ProxyFault =
  /** Longer than may be read. */
  | "truncated"
  /** Neither version's beginning. */
  | "not-a-header"
  | "bad-header"
  /** Version 1 with a protocol that it does not know. */
  | "bad-protocol";

export type ProxyReading =
  /** Nothing can be said before `bytesMin` bytes are here, the ones given included. */
  | { readonly kind: "incomplete"; readonly bytesMin: number }
  | { readonly kind: "invalid"; readonly fault: ProxyFault }
  /** The first `length` bytes were the header. */
  | { readonly kind: "complete"; readonly header: ProxyHeader; readonly length: number };

export function invalid(fault: ProxyFault): ProxyReading {
  return { kind: "invalid", fault };
}
