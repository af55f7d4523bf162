// Domain names, RFC 1035 §3.1 and §4.1.4.

/** Bytes of a label, and of a whole name with its length bytes (RFC 1035 §2.3.4). */
export const labelBytesMax = 63;
export const nameBytesMax = 255;

/**
 * A name as it is compared and asked for: in small letters, without the dot at its end. Undefined
 * for what is no name: empty, too long, with a label that is empty or too long, not latin1.
 */
export function normalName(text: string): string | undefined {
  const name = (text.endsWith(".") ? text.slice(0, -1) : text).toLowerCase();
  // A length byte for each label, and one for the root.
  if (name === "" || name.length + 2 > nameBytesMax) return undefined;
  const isSound = name.split(".").every((label) => label !== "" && label.length <= labelBytesMax);
  // A backslash is how a dot inside of a label is read back: no label that is asked for has one.
  return isSound && /^[!-[\]-~]+$/.test(name) ? name : undefined;
}

/** Bytes that {@link writeName} takes for a name that {@link normalName} gave. */
export function nameBytes(name: string): number {
  return name.length + 2;
}

/** Writes a name that {@link normalName} gave; returns where it ends. */
export function writeName(name: string, into: Uint8Array, at: number): number {
  for (const label of name.split(".")) {
    into[at++] = label.length;
    for (let i = 0; i < label.length; i++) into[at++] = label.charCodeAt(i);
  }
  into[at++] = 0;
  return at;
}

/** A name that was read, and where what follows it begins. */
export interface ReadName {
  /** In small letters; a dot or a backslash inside of a label has a backslash before it. */
  readonly name: string;
  readonly next: number;
}

const pointerBits = 0xc0;

/**
 * Reads a name that may be compressed; undefined when it is broken. A pointer must lead to what
 * stands before the name that it is part of, and each to what stands before the last: a loop would
 * need one that does not.
 */
export function readName(bytes: Uint8Array, start: number): ReadName | undefined {
  const labels: string[] = [];
  let size = 1;
  let at = start;
  let earliest = start;
  let next = -1;
  for (;;) {
    const length = bytes[at];
    if (length === undefined) return undefined;
    if (length === 0) break;
    if ((length & pointerBits) === pointerBits) {
      const low = bytes[at + 1];
      if (low === undefined) return undefined;
      const target = (length & ~pointerBits) * 256 + low;
      if (target >= earliest) return undefined;
      if (next < 0) next = at + 2;
      at = earliest = target;
      continue;
    }
    size += length + 1;
    if (length > labelBytesMax || size > nameBytesMax) return undefined;
    if (at + 1 + length > bytes.length) return undefined;
    labels.push(labelText(bytes, at + 1, length));
    at += 1 + length;
  }
  return { name: labels.join("."), next: next < 0 ? at + 1 : next };
}

function labelText(bytes: Uint8Array, at: number, length: number): string {
  const text = String.fromCharCode(...bytes.subarray(at, at + length)).toLowerCase();
  return /[.\\]/.test(text) ? text.replace(/[.\\]/g, "\\$&") : text;
}
