import { blowfishStart } from "./blowfish_start.ts";

/** bcrypt's own order of characters; bits go out most significant first. */
const alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Bytes of a password that count, the NUL behind it included. */
const keyBytesMax = 72;

/** "OrpheanBeholderScryDoubt", the text that is encrypted with the password's key. */
const magic = [0x4f727068, 0x65616e42, 0x65686f6c, 0x64657253, 0x63727944, 0x6f756274];

/**
 * The 31 characters that bcrypt gives for a password and a salt of 22 characters, `2 ** cost`
 * rounds (Provos and Mazières, "A Future-Adaptable Password Scheme").
 */
export function bcryptHash(password: Uint8Array, saltText: string, cost: number): string {
  const salt = words(decode64(saltText, 16), 4);
  const terminated = new Uint8Array(Math.min(password.length + 1, keyBytesMax));
  terminated.set(password.subarray(0, terminated.length));
  if (password.length < terminated.length) terminated[password.length] = 0;
  const key = words(terminated, 18);
  // A salt as a key goes round every four words, so that both kinds of key are 18 words long.
  const saltKey = Uint32Array.from({ length: 18 }, (_, i) => salt[i & 3]!);
  const cipher = new Blowfish();
  cipher.expand(key, salt);
  const noSalt = new Uint32Array(4);
  for (let round = 2 ** cost; round > 0; round--) {
    cipher.expand(key, noSalt);
    cipher.expand(saltKey, noSalt);
  }
  return encode64(cipher.encryptMagic());
}

/** Big-endian words from the bytes, over and over. */
function words(bytes: Uint8Array, count: number): Uint32Array {
  const out = new Uint32Array(count);
  for (let i = 0, at = 0; i < count; i++) {
    let word = 0;
    for (let j = 0; j < 4; j++, at++) word = (word << 8) | bytes[at % bytes.length]!;
    out[i] = word;
  }
  return out;
}

class Blowfish {
  readonly #p: Uint32Array;
  readonly #s: Uint32Array;
  #left = 0;
  #right = 0;

  constructor() {
    const start = blowfishStart();
    this.#p = start.slice(0, 18);
    this.#s = start.slice(18);
  }

  /** One key schedule: `key` into the subkeys, then everything encrypted along with the salt. */
  expand(key: Uint32Array, salt: Uint32Array): void {
    const p = this.#p;
    for (let i = 0; i < 18; i++) p[i]! ^= key[i]!;
    this.#left = this.#right = 0;
    this.#refill(p, salt, 0);
    this.#refill(this.#s, salt, p.length);
  }

  /** `offset`: words filled before, which say what half of the salt is next. */
  #refill(table: Uint32Array, salt: Uint32Array, offset: number): void {
    for (let i = 0; i < table.length; i += 2) {
      const half = (offset + i) & 2;
      this.#left ^= salt[half]!;
      this.#right ^= salt[half + 1]!;
      this.#encrypt();
      table[i] = this.#left;
      table[i + 1] = this.#right;
    }
  }

  encryptMagic(): Uint32Array {
    const out = Uint32Array.from(magic);
    for (let i = 0; i < out.length; i += 2) {
      this.#left = out[i]!;
      this.#right = out[i + 1]!;
      for (let times = 0; times < 64; times++) this.#encrypt();
      out[i] = this.#left;
      out[i + 1] = this.#right;
    }
    return out;
  }

  #encrypt(): void {
    const p = this.#p;
    const s = this.#s;
    let left = this.#left;
    let right = this.#right;
    for (let i = 0; i < 16; i += 2) {
      left ^= p[i]!;
      right ^= (((s[left >>> 24]! + s[256 + ((left >>> 16) & 255)]!) ^
        s[512 + ((left >>> 8) & 255)]!) + s[768 + (left & 255)]!) | 0;
      right ^= p[i + 1]!;
      left ^= (((s[right >>> 24]! + s[256 + ((right >>> 16) & 255)]!) ^
        s[512 + ((right >>> 8) & 255)]!) + s[768 + (right & 255)]!) | 0;
    }
    this.#left = right ^ p[17]!;
    this.#right = left ^ p[16]!;
  }
}

/** 23 of the 24 bytes, as bcrypt has always cut them. */
function encode64(table: Uint32Array): string {
  const bytes = Array.from(
    { length: 23 },
    (_, i) => (table[i >> 2]! >>> (24 - 8 * (i & 3))) & 255,
  );
  let out = "";
  for (let bit = 0; bit < bytes.length * 8; bit += 6) {
    const pair = (bytes[bit >> 3]! << 8) | (bytes[(bit >> 3) + 1] ?? 0);
    out += alphabet[(pair >> (10 - (bit & 7))) & 63];
  }
  return out;
}

function decode64(text: string, count: number): Uint8Array {
  const out = new Uint8Array(count);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const char of text) {
    bits = ((bits << 6) | alphabet.indexOf(char)) & 0xffff;
    held += 6;
    if (held < 8 || at === count) continue;
    held -= 8;
    out[at++] = (bits >> held) & 255;
  }
  return out;
}
