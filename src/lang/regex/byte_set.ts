/** A set of bytes: bit n stands for byte n. Only used while compiling. */
export type ByteSet = bigint;

export const noBytes: ByteSet = 0n;
export const allBytes: ByteSet = (1n << 256n) - 1n;

const single: readonly ByteSet[] = Array.from({ length: 256 }, (_, byte) => 1n << BigInt(byte));

export function byteSet(byte: number): ByteSet {
  return single[byte]!;
}

/** `first` to `last`, both included. */
export function byteRange(first: number, last: number): ByteSet {
  return ((1n << BigInt(last - first + 1)) - 1n) << BigInt(first);
}

/** The bytes of a latin1 text. */
export function bytesOf(text: string): ByteSet {
  let set = noBytes;
  for (let i = 0; i < text.length; i++) set |= byteSet(text.charCodeAt(i));
  return set;
}

export function complement(set: ByteSet): ByteSet {
  return allBytes ^ set;
}

export function hasByte(set: ByteSet, byte: number): boolean {
  return ((set >> BigInt(byte)) & 1n) === 1n;
}

const upperCase = byteRange(0x41, 0x5a);
const lowerCase = byteRange(0x61, 0x7a);

/** With every ASCII letter also the other case of it; other bytes have no case. */
export function foldCase(set: ByteSet): ByteSet {
  return set | ((set & upperCase) << 32n) | ((set & lowerCase) >> 32n);
}

export type ByteRanges = readonly (readonly [first: number, last: number])[];

/** A configuration with thousands of patterns uses the same few sets over and over. */
const knownRanges = new Map<ByteSet, ByteRanges>();
const knownRangesMax = 4096;

/** The set as ranges in ascending order, both ends included. */
export function rangesOf(set: ByteSet): ByteRanges {
  let ranges = knownRanges.get(set);
  if (ranges === undefined) {
    if (knownRanges.size >= knownRangesMax) knownRanges.clear();
    knownRanges.set(set, ranges = findRanges(set));
  }
  return ranges;
}

function findRanges(set: ByteSet): ByteRanges {
  const ranges: [number, number][] = [];
  for (let byte = 0; byte < 256; byte++) {
    if (!hasByte(set, byte)) continue;
    const first = byte;
    while (byte < 255 && hasByte(set, byte + 1)) byte++;
    ranges.push([first, byte]);
  }
  return ranges;
}

const digit = byteRange(0x30, 0x39);
const alpha = upperCase | lowerCase;
const blank = bytesOf(" \t");
const space = bytesOf(" \t\n\v\f\r");
const graph = byteRange(0x21, 0x7e);

/** What the letters of `\d` and its kin stand for; the capital letter is the complement. */
export const typeEscapes: Readonly<Record<string, ByteSet>> = {
  d: digit,
  s: space,
  w: digit | alpha | byteSet(0x5f),
  h: bytesOf(" \t\xa0"),
  v: bytesOf("\n\v\f\r\x85"),
};

export const wordBytes: ByteSet = typeEscapes.w!;
export const newline: ByteSet = byteSet(0x0a);

/** POSIX classes as in the C locale, which is what HAProxy's PCRE2 works with. */
export const posixClasses: Readonly<Record<string, ByteSet>> = {
  alpha,
  lower: lowerCase,
  upper: upperCase,
  alnum: alpha | digit,
  ascii: byteRange(0, 0x7f),
  blank,
  cntrl: byteRange(0, 0x1f) | byteSet(0x7f),
  digit,
  graph,
  print: graph | byteSet(0x20),
  punct: graph & complement(alpha | digit),
  space,
  word: wordBytes,
  xdigit: digit | bytesOf("abcdefABCDEF"),
};
