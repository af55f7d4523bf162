/** What is wrong with a UTF-8 sequence; several can hold, `bad` excludes the others. */
export interface Decoded {
  /** The code point; the byte itself where the sequence is bad. */
  readonly code: number;
  /** Bytes that it took. */
  readonly bytes: number;
  /** Not a sequence at all: a lone continuation byte, or too few of them. */
  readonly bad: boolean;
  /** Written in more bytes than needed. */
  readonly overlong: boolean;
  /** A surrogate, or one of U+FFFE and U+FFFF. */
  readonly forbidden: boolean;
}

/** Length of the sequence that a byte starts by the original UTF-8 of up to six bytes; 0 for none. */
function lengthOf(byte: number): number {
  if (byte < 0x80) return 1;
  if (byte < 0xc0) return 0;
  if (byte < 0xe0) return 2;
  if (byte < 0xf0) return 3;
  if (byte < 0xf8) return 4;
  if (byte < 0xfc) return 5;
  return byte < 0xfe ? 6 : 0;
}

/** Decodes the sequence at `at` of latin1 text. */
export function decodeUtf8(text: string, at: number): Decoded {
  const first = text.charCodeAt(at);
  const length = lengthOf(first);
  if (length === 0 || at + length > text.length) return badSequence(first, 1);
  if (length === 1) {
    return { code: first, bytes: 1, bad: false, overlong: false, forbidden: false };
  }
  let code = first & (0x7f >> length);
  for (let i = 1; i < length; i++) {
    const byte = text.charCodeAt(at + i);
    if ((byte & 0xc0) !== 0x80) return badSequence(first, i);
    code = code * 64 + (byte & 0x3f);
  }
  const needed = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : code < 0x200000 ? 4 : 5;
  return {
    code,
    bytes: length,
    bad: false,
    overlong: needed <= 4 && length > needed,
    forbidden: (code >= 0xd800 && code <= 0xdfff) || code === 0xfffe || code === 0xffff,
  };
}

function badSequence(code: number, bytes: number): Decoded {
  return { code, bytes, bad: true, overlong: false, forbidden: false };
}
