import { Buffer } from "node:buffer";
import { Address } from "../../lang/address.ts";
import { crc32c } from "./crc32c.ts";
import {
  authorityBytesMax,
  invalid,
  type ProxyAddresses,
  type ProxyReading,
  type Tlv,
  tlvBytesMax,
  tlvType,
  uniqueIdBytesMax,
  v2BytesMax,
  v2PrefixBytes,
  v2Signature,
} from "./header.ts";

/** A binary header (§2.2). */
export function readV2(bytes: Buffer): ProxyReading {
  const commandAt = v2Signature.length;
  if (bytes.length > commandAt && bytes[commandAt]! >> 4 !== 2) return invalid("not-a-header");
  if (bytes.length < v2PrefixBytes) return { kind: "incomplete", bytesMin: v2PrefixBytes };
  const length = v2PrefixBytes + bytes.readUInt16BE(14);
  if (length > v2BytesMax) return invalid("truncated");
  if (bytes.length < length) return { kind: "incomplete", bytesMin: length };
  const header = bytes.subarray(0, length);
  switch (bytes[commandAt]! & 15) {
    case 0: {
      const local = { version: 2, command: "LOCAL", addresses: unknown, tlvs: [] } as const;
      return { kind: "complete", header: local, length };
    }
    case 1:
      return readProxied(header);
    default:
      return invalid("bad-header");
  }
}

const unknown: ProxyAddresses = { family: "unknown" };

/** Address families by the upper half of their byte: how long their block is and what it says. */
const families: Readonly<
  Record<number, { bytes: number; read(block: Buffer): ProxyAddresses } | undefined>
> = {
  1: { bytes: 12, read: tcp4 },
  2: { bytes: 36, read: tcp6 },
  3: { bytes: 216, read: unix },
};

const stream = 1;
const datagram = 2;

function readProxied(header: Buffer): ProxyReading {
  const family = header[13]! >> 4;
  const transport = header[13]! & 15;
  if (family > 3 || transport > datagram) return invalid("bad-header");
  const known = families[family];
  let addresses = unknown;
  let tlvs: readonly Tlv[] | undefined = [];
  // Without both, nobody knows how long the addresses are: what is there is passed over.
  if (known && transport !== 0) {
    const end = v2PrefixBytes + known.bytes;
    if (header.length < end) return invalid("bad-header");
    if (transport === stream) addresses = known.read(header.subarray(v2PrefixBytes, end));
    tlvs = readTlvs(header, end);
  }
  if (!tlvs) return invalid("bad-header");
  return {
    kind: "complete",
    header: { version: 2, command: "PROXY", addresses, tlvs },
    length: header.length,
  };
}

function tcp4(block: Buffer): ProxyAddresses {
  return {
    family: "tcp4",
    src: Address.v4(block.readUInt32BE(0)),
    dst: Address.v4(block.readUInt32BE(4)),
    srcPort: block.readUInt16BE(8),
    dstPort: block.readUInt16BE(10),
  };
}

function tcp6(block: Buffer): ProxyAddresses {
  const address = (at: number) =>
    Address.v6(
      block.readUInt32BE(at),
      block.readUInt32BE(at + 4),
      block.readUInt32BE(at + 8),
      block.readUInt32BE(at + 12),
    );
  return {
    family: "tcp6",
    src: address(0),
    dst: address(16),
    srcPort: block.readUInt16BE(32),
    dstPort: block.readUInt16BE(34),
  };
}

function unix(block: Buffer): ProxyAddresses {
  const path = (at: number) => block.toString("latin1", at, at + 108).replace(/\0+$/, "");
  return { family: "unix", src: path(0), dst: path(108) };
}

const valueBytesMax: Readonly<Record<number, number>> = {
  [tlvType.authority]: authorityBytesMax,
  [tlvType.uniqueId]: uniqueIdBytesMax,
};

/** The values behind the addresses; undefined when one is cut off, too long or a wrong checksum. */
function readTlvs(header: Buffer, from: number): readonly Tlv[] | undefined {
  const tlvs: Tlv[] = [];
  for (let at = from; at < header.length;) {
    if (at + 3 > header.length) return undefined;
    const type = header[at]!;
    const valueAt = at + 3;
    at = valueAt + header.readUInt16BE(at + 1);
    if (at > header.length || at - valueAt > (valueBytesMax[type] ?? tlvBytesMax)) return undefined;
    if (type === tlvType.crc32c && !checksumHolds(header, valueAt, at)) return undefined;
    tlvs.push({ type, value: header.toString("latin1", valueAt, at) });
  }
  return tlvs;
}

/** It was made with zeros in its own place (§2.2.3). */
function checksumHolds(header: Buffer, from: number, to: number): boolean {
  if (to - from !== 4) return false;
  const bytes = Buffer.from(header).fill(0, from, to);
  return crc32c(bytes) === header.readUInt32BE(from);
}
