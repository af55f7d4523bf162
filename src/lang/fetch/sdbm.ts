/** The SDBM hash of `text` from `hash` on, 32 bits; bytes count as signed characters. */
export function sdbm(text: string, hash: number): number {
  for (let i = 0; i < text.length; i++) {
    const c = (text.charCodeAt(i) << 24) >> 24;
    hash = (c + (hash << 6) + (hash << 16) - hash) | 0;
  }
  return hash;
}

/** Bob Jenkins' full avalanche and HAProxy's last multiplication: an unsigned 32-bit number. */
export function avalanche(a: number): number {
  a = (a + 0x7ed55d16 + (a << 12)) | 0;
  a = (a ^ 0xc761c23c) ^ (a >>> 19);
  a = (a + 0x165667b1 + (a << 5)) | 0;
  a = ((a + 0xd3a2646c) | 0) ^ (a << 9);
  a = (a + 0xfd7046c5 + (a << 3)) | 0;
  a = (a ^ 0xb55a4f09) ^ (a >>> 16);
  return Math.imul(a, 3221225473) >>> 0;
}
