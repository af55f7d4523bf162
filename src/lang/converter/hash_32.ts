/** The DJB2 hash of latin1 text, an unsigned 32-bit number. */
export function djb2(bytes: string): number {
  let hash = 5381;
  for (let i = 0; i < bytes.length; i++) {
    hash = (Math.imul(hash, 33) + bytes.charCodeAt(i)) | 0;
  }
  return hash >>> 0;
}

/** The SDBM hash, an unsigned 32-bit number; unlike in the base32 fetch, bytes are unsigned. */
export function sdbm(bytes: string): number {
  let hash = 0;
  for (let i = 0; i < bytes.length; i++) {
    hash = (Math.imul(hash, 65599) + bytes.charCodeAt(i)) | 0;
  }
  return hash >>> 0;
}

function rotateLeft(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

/** HAProxy's WT6 hash, an unsigned 32-bit number. */
export function wt6(bytes: string): number {
  let h0 = 0xa53c965a | 0;
  let h1 = 0x5ca6953a | 0;
  let step0 = 6;
  let step1 = 18;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes.charCodeAt(i) & 0xff;
    h0 = ~(h0 ^ byte);
    h1 = ~(h1 + byte);
    const turned = rotateLeft(h1, step0);
    h1 = rotateLeft(h0, step1);
    h0 = turned;
    const steps = ((h0 >>> 16) ^ h1) & 0xffff;
    step0 = steps & 31;
    step1 = steps >>> 11;
  }
  return (h0 ^ h1) >>> 0;
}

/** The table of a reflected CRC-32 for a (reflected) polynomial. */
function crcTable(polynomial: number): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ polynomial : rest >>> 1;
    return rest;
  });
}

const ethernet = crcTable(0xedb88320);
const castagnoli = crcTable(0x82f63b78);

function crc(bytes: string, table: Int32Array): number {
  let rest = -1;
  for (let i = 0; i < bytes.length; i++) {
    rest = table[(rest ^ bytes.charCodeAt(i)) & 0xff]! ^ (rest >>> 8);
  }
  return ~rest >>> 0;
}

/** CRC-32 as of Ethernet and gzip. */
export function crc32(bytes: string): number {
  return crc(bytes, ethernet);
}

/** CRC-32C (RFC 4960 appendix B). */
export function crc32c(bytes: string): number {
  return crc(bytes, castagnoli);
}
