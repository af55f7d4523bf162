import type { Buffer } from "node:buffer";
import { Address } from "../../lang/address.ts";
import {
  invalid,
  type ProxyAddresses,
  type ProxyFault,
  type ProxyReading,
  v1BytesMax,
} from "./header.ts";

export const v1Start = "PROXY ";

/** `PROXY TCP4 <src> <dst> <src port> <dst port>` and the end of the line (§2.1). */
export function readV1(bytes: Buffer): ProxyReading {
  const line = bytes.toString("latin1", 0, v1BytesMax);
  const lf = line.indexOf("\n");
  if (lf < 0) {
    if (line.length === v1BytesMax) return invalid("bad-header");
    return { kind: "incomplete", bytesMin: bytes.length + 1 };
  }
  if (line[lf - 1] !== "\r") return invalid("bad-header");
  const addresses = parseFields(line.substring(v1Start.length, lf - 1).split(" "));
  if (typeof addresses === "string") return invalid(addresses);
  const header = { version: 1, command: "PROXY", addresses, tlvs: [] } as const;
  return { kind: "complete", header, length: lf + 1 };
}

function parseFields(fields: readonly string[]): ProxyAddresses | ProxyFault {
  const [protocol, ...ends] = fields;
  switch (protocol) {
    // Whatever follows says nothing, and must be passed over.
    case "UNKNOWN":
      return { family: "unknown" };
    case "TCP4":
      return parseEnds(ends, "tcp4", 4);
    case "TCP6":
      return parseEnds(ends, "tcp6", 6);
    default:
      return "bad-protocol";
  }
}

function parseEnds(
  ends: readonly string[],
  family: "tcp4" | "tcp6",
  bits: 4 | 6,
): ProxyAddresses | ProxyFault {
  if (ends.length !== 4) return "bad-header";
  const [src, dst] = [Address.parse(ends[0]!), Address.parse(ends[1]!)];
  const [srcPort, dstPort] = [parsePort(ends[2]!), parsePort(ends[3]!)];
  if (src?.family !== bits || dst?.family !== bits) return "bad-header";
  if (srcPort === undefined || dstPort === undefined) return "bad-header";
  return { family, src, srcPort, dst, dstPort };
}

/** No leading zeros: nobody shall take them for octal. */
function parsePort(text: string): number | undefined {
  if (!/^(0|[1-9][0-9]{0,4})$/.test(text)) return undefined;
  const port = Number(text);
  return port > 65535 ? undefined : port;
}
