import { Buffer } from "node:buffer";
import { invalid, type ProxyReading, v2Signature } from "./header.ts";
import { readV1, v1Start } from "./read_v1.ts";
import { readV2 } from "./read_v2.ts";

const starts = [
  { start: v1Start, read: readV1 },
  { start: v2Signature, read: readV2 },
];

/**
 * Reads a PROXY protocol header at the start of a connection (proxy-protocol.txt §2). `bytes` is all
 * that was received so far: after `incomplete` it is given again with what came since.
 */
export function readProxyHeader(bytes: Uint8Array): ProxyReading {
  for (const { start, read } of starts) {
    const length = Math.min(bytes.length, start.length);
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, length).toString("latin1");
    if (!start.startsWith(text)) continue;
    return length < start.length
      ? { kind: "incomplete", bytesMin: bytes.length + 1 }
      : read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  }
  return invalid("not-a-header");
}
