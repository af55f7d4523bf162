import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { encode64 } from "./crypt_text.ts";

type ShaMethod = "sha256" | "sha512";

/**
 * sha256-crypt and sha512-crypt (Ulrich Drepper's "Unix crypt using SHA-256 and SHA-512", 0.6).
 * `explicitRounds`: the rounds are written into the result.
 */
export function shaCrypt(
  method: ShaMethod,
  password: Buffer,
  saltText: string,
  rounds: number,
  explicitRounds: boolean,
): string {
  const salt = Buffer.from(saltText.substring(0, 16), "latin1");
  const first = firstDigest(method, password, salt);
  const p = repeat(digestOf(method, new Array(password.length).fill(password)), password.length);
  const s = repeat(digestOf(method, new Array(16 + first[0]!).fill(salt)), salt.length);
  let digest = first;
  for (let i = 0; i < rounds; i++) {
    const odd = (i & 1) !== 0;
    const hash = createHash(method);
    hash.update(odd ? p : digest);
    if (i % 3 !== 0) hash.update(s);
    if (i % 7 !== 0) hash.update(p);
    hash.update(odd ? digest : p);
    digest = hash.digest();
  }
  const named = explicitRounds ? `rounds=${rounds}$` : "";
  const id = method === "sha256" ? "5" : "6";
  return `$${id}$${named}${salt.toString("latin1")}$${encodeDigest(method, digest)}`;
}

/** Steps 1 to 12: the digest that the rounds begin with. */
function firstDigest(method: ShaMethod, password: Buffer, salt: Buffer): Buffer {
  const inner = digestOf(method, [password, salt, password]);
  const parts: Uint8Array[] = [password, salt, repeat(inner, password.length)];
  for (let i = password.length; i > 0; i >>= 1) parts.push((i & 1) !== 0 ? inner : password);
  return digestOf(method, parts);
}

function digestOf(method: ShaMethod, parts: readonly Uint8Array[]): Buffer {
  const hash = createHash(method);
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** The bytes over and over, cut to a length. */
function repeat(bytes: Buffer, length: number): Buffer {
  const out = Buffer.alloc(length);
  for (let at = 0; at < length; at += bytes.length) bytes.copy(out, at);
  return out;
}

/**
 * The digest's bytes go out in threes, a third of the digest apart, each three turned by one place:
 * to the left for SHA-256 and to the right for SHA-512.
 */
function encodeDigest(method: ShaMethod, digest: Buffer): string {
  const third = method === "sha256" ? 10 : 21;
  const left = method === "sha256" ? 2 : 1;
  let out = "";
  for (let i = 0; i < third; i++) {
    const turn = (i * left) % 3;
    const [high, middle, low] = [0, 1, 2].map((place) => digest[i + third * ((place + turn) % 3)]!);
    out += encode64(high!, middle!, low!, 4);
  }
  return out +
    (method === "sha256"
      ? encode64(0, digest[31]!, digest[30]!, 3)
      : encode64(0, 0, digest[63]!, 2));
}
