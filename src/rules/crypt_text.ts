const alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Three bytes, the first most significant, as `count` characters of crypt(3), low bits first. */
export function encode64(high: number, middle: number, low: number, count: number): string {
  let word = (high << 16) | (middle << 8) | low;
  let out = "";
  for (let i = 0; i < count; i++) {
    out += alphabet[word & 63];
    word >>>= 6;
  }
  return out;
}
