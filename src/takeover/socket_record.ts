import { Buffer } from "node:buffer";

/** What HAProxy says of a listening socket beside the kernel; "" for none. */
export interface SocketRecord {
  /** Name of the network namespace it was made in. */
  readonly namespace: string;
  /** The interface it is bound to. */
  readonly interface: string;
}

/** Behind the names: options, of which versions since 2.3 send none. */
const optionBytes = 4;

/** One record: two names, each with its length before it, and four bytes of zero. */
export function encodeRecord({ namespace, interface: device }: SocketRecord): Uint8Array {
  const name = Buffer.from(namespace, "latin1");
  const link = Buffer.from(device, "latin1");
  return Buffer.concat([
    Uint8Array.of(name.length),
    name,
    Uint8Array.of(link.length),
    link,
    new Uint8Array(optionBytes),
  ]);
}

/** Reads so many records; undefined when the bytes are no such thing. */
export function decodeRecords(bytes: Uint8Array, count: number): SocketRecord[] | undefined {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const records: SocketRecord[] = [];
  let at = 0;
  const take = (): string | undefined => {
    const length = data[at];
    if (length === undefined || at + 1 + length > data.length) return undefined;
    const text = data.toString("latin1", at + 1, at + 1 + length);
    at += 1 + length;
    return text;
  };
  for (let i = 0; i < count; i++) {
    const namespace = take();
    const device = take();
    if (namespace === undefined || device === undefined) return undefined;
    at += optionBytes;
    records.push({ namespace, interface: device });
  }
  return at === data.length ? records : undefined;
}
