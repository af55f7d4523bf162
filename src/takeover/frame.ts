import { Buffer } from "node:buffer";

/** Most bytes of one frame, header included: what is larger was not written by a gateway. */
export const frameBytesMax = 4 << 20;

/** `u32` length of all that follows it, `u8` type, `u8` flags, `u16` descriptors, `u32` number. */
const headerBytes = 12;
const lengthBytes = 4;

/** Who does not know this type of frame may pass it over. */
const optionalFlag = 1;

/** One message on the control channel, as bytes; what is in it is {@link import("./message.ts")}'s. */
export interface Frame {
  readonly type: number;
  readonly optional: boolean;
  /** Descriptors that travel on the other channel beside it. */
  readonly descriptors: number;
  /** Counts the frames of one direction. */
  readonly number: number;
  /** JSON text, UTF-8. */
  readonly text: string;
  /** Bytes behind the text: what connections have not sent or read yet. */
  readonly bytes: Uint8Array;
}

/**
 * Writes a frame: the header, `u32` length of the text, the text, the bytes. Little endian. Undefined
 * when it would be longer than {@link frameBytesMax}.
 */
export function writeFrame(frame: Frame): Uint8Array | undefined {
  const text = Buffer.from(frame.text, "utf8");
  const length = headerBytes + 4 + text.length + frame.bytes.length;
  if (length > frameBytesMax) return undefined;
  const whole = Buffer.alloc(length);
  whole.writeUInt32LE(whole.length - lengthBytes, 0);
  whole.writeUInt8(frame.type, 4);
  whole.writeUInt8(frame.optional ? optionalFlag : 0, 5);
  whole.writeUInt16LE(frame.descriptors, 6);
  whole.writeUInt32LE(frame.number, 8);
  whole.writeUInt32LE(text.length, headerBytes);
  text.copy(whole, headerBytes + 4);
  whole.set(frame.bytes, headerBytes + 4 + text.length);
  return whole;
}

/** What a reader found next. */
export type FrameReading =
  | { readonly kind: "frame"; readonly frame: Frame }
  | { readonly kind: "incomplete" }
  /** No gateway writes this: the channel is of no use any more. */
  | { readonly kind: "invalid"; readonly why: string };

/** Cuts frames out of a stream of bytes; holds one unfinished frame at most. */
export class FrameReader {
  #held: Buffer = Buffer.alloc(0);

  /** Bytes as they come. */
  add(bytes: Uint8Array): void {
    this.#held = this.#held.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#held, bytes]);
  }

  /** The next whole frame. */
  next(): FrameReading {
    const held = this.#held;
    if (held.length < lengthBytes) return { kind: "incomplete" };
    const end = lengthBytes + held.readUInt32LE(0);
    if (end > frameBytesMax) return { kind: "invalid", why: "a frame is too long" };
    if (end < headerBytes + 4) return { kind: "invalid", why: "a frame is too short" };
    if (held.length < end) return { kind: "incomplete" };
    const bytesAt = headerBytes + 4 + held.readUInt32LE(headerBytes);
    if (bytesAt > end) return { kind: "invalid", why: "a frame's text is longer than the frame" };
    this.#held = held.subarray(end);
    return {
      kind: "frame",
      frame: {
        type: held.readUInt8(4),
        optional: (held.readUInt8(5) & optionalFlag) !== 0,
        descriptors: held.readUInt16LE(6),
        number: held.readUInt32LE(8),
        text: held.toString("utf8", headerBytes + 4, bytesAt),
        bytes: held.subarray(bytesAt, end),
      },
    };
  }
}
