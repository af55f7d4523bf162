import type { Address } from "./address.ts";

/** Flags of one item: HAProxy's `%{+Q,+X,+E,+M}`. */
export interface ItemFlags {
  /** Q: quotes around text. */
  readonly quoted: boolean;
  /** X: addresses, ports and some numbers in hexadecimal. */
  readonly hex: boolean;
  /** E: a backslash before `"`, `\` and `]` (RFC 5424 §6.3.3). */
  readonly escaped: boolean;
  /** M: `-` in place of nothing; set in logs, clear in headers. */
  readonly dashed: boolean;
}

/** Bytes that are written as `#XX` or `%XX`. */
export type EncodeMap = Uint8Array;

/** In logs of request targets: all but printable ASCII, `"` and `#`. */
export const targetMap = encodeMap('"#', outsidePrintable);
/** In logs of captured headers: also what separates them. */
export const headerMap = encodeMap('"#{|}', outsidePrintable);
/** In logs of everything else. */
const controlMap = encodeMap("", (c) => c < 32 || c === 127);
/** Samples on their way into a message: what may not stand in a header's value. */
export const messageMap = encodeMap("", (c) => (c < 32 && c !== 9) || c === 127);

function outsidePrintable(c: number): boolean {
  return c < 32 || c > 126;
}

function encodeMap(marks: string, odd: (c: number) => boolean): EncodeMap {
  return Uint8Array.from(
    { length: 256 },
    (_, c) => odd(c) || marks.includes(String.fromCharCode(c)) ? 1 : 0,
  );
}

/**
 * Text with what the flags say. Control characters become `#XX`, as HAProxy's manual §8.6 promises:
 * a decoded `%0A` must not begin a line of its own in a log.
 */
export function writeText(text: string | undefined, flags: ItemFlags): string {
  if (!text) return flags.quoted ? '""' : flags.dashed ? "-" : "";
  return writeEncoded(text, controlMap, "#", flags);
}

/** Text whose odd bytes become `lead` and two hexadecimal digits. */
export function writeEncoded(
  text: string,
  map: EncodeMap,
  lead: "#" | "%",
  flags: ItemFlags,
): string {
  const inner = encode(text, map, lead, flags.escaped);
  return flags.quoted ? `"${inner}"` : inner;
}

function encode(text: string, map: EncodeMap, lead: string, escaped: boolean): string {
  let out = "";
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    let insert: string;
    if (map[c] !== 0) insert = lead + hexByte(c);
    else if (escaped && (c === 34 || c === 92 || c === 93)) insert = "\\" + text[i];
    else continue;
    out += text.substring(from, i) + insert;
    from = i + 1;
  }
  return from === 0 ? text : out + text.substring(from);
}

function hexByte(c: number): string {
  return (c < 16 ? "0" : "") + c.toString(16).toUpperCase();
}

/** A number in at least four hexadecimal digits under X, else in decimal. */
export function writeHexNumber(value: number, flags: ItemFlags): string {
  return flags.hex ? value.toString(16).toUpperCase().padStart(4, "0") : String(value);
}

/** An address as text, or its bytes in hexadecimal under X. */
export function writeAddress(address: Address, flags: ItemFlags): string {
  if (!flags.hex) return writeText(address.toString(), flags);
  const words = address.family === 4 ? [address.d] : [address.a, address.b, address.c, address.d];
  return words.map((word) => word.toString(16).toUpperCase().padStart(8, "0")).join("");
}
