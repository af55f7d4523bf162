import { Buffer } from "node:buffer";
import { createHash, timingSafeEqual } from "node:crypto";
import { bcryptHash } from "./crypt_bcrypt.ts";
import { shaCrypt } from "./crypt_sha.ts";
import { encode64 } from "./crypt_text.ts";

/** A password as stored, in the form of crypt(3). */
export interface CryptedPassword {
  readonly method: "md5" | "sha256" | "sha512" | "bcrypt";
  /** What one check costs, in rounds of SHA-512. */
  readonly effort: number;
  /** True when `password` (latin1) is the one; compares in constant time. */
  matches(password: string): boolean;
}

/** Why a stored password cannot be used. */
export type CryptRefusal = { readonly refused: string };

const refusedMethods: readonly (readonly [prefix: string, name: string])[] = [
  ["$2", "this form of bcrypt"],
  ["$y$", "yescrypt"],
  ["$gy$", "gost-yescrypt"],
  ["$7$", "scrypt"],
  ["$sha1", "sha1crypt"],
  ["$md5", "Sun MD5"],
  ["$3$", "NT hash"],
  ["_", "extended DES"],
];

/** Reads `$1$…`, `$2b$…`, `$5$…`, `$6$…`; says by name what it does not do. */
export function parseCrypted(text: string): CryptedPassword | CryptRefusal {
  return parseBcrypt(text) ?? parseDigest(text);
}

/** One round of bcrypt is two key schedules, and takes about as long as so many of SHA-512. */
const shaRoundsPerBcryptRound = 32;

function parseBcrypt(text: string): CryptedPassword | undefined {
  const parts = /^(\$2[aby]\$(0[4-9]|[12][0-9]|3[01])\$([./A-Za-z0-9]{22}))[./A-Za-z0-9]{31}$/
    .exec(text);
  if (!parts) return undefined;
  const [, setting, digits, salt] = parts;
  const cost = Number(digits);
  const hash = (password: Buffer) => setting + bcryptHash(password, salt!, cost);
  return crypted("bcrypt", 2 ** cost * shaRoundsPerBcryptRound, text, hash);
}

function parseDigest(text: string): CryptedPassword | CryptRefusal {
  const parts = /^\$([156])\$(?:rounds=([0-9]+)\$)?([^$]*)\$([./0-9A-Za-z]+)$/.exec(text);
  if (!parts) return { refused: refusal(text) };
  const [, id, rounds, salt] = parts;
  if (id === "1") {
    if (rounds !== undefined) return { refused: "md5-crypt takes no rounds" };
    return crypted("md5", 1000, text, (password) => md5Crypt(password, salt!));
  }
  const method = id === "5" ? "sha256" : "sha512";
  // The stored text names the rounds as given; outside of these bounds no crypt(3) makes it.
  const count = rounds === undefined ? 5000 : Number(rounds);
  if (count < 1000 || count > 999_999_999) return { refused: `${count} rounds are out of range` };
  const explicit = rounds !== undefined;
  return crypted(
    method,
    count,
    text,
    (password) => shaCrypt(method, password, salt!, count, explicit),
  );
}

function refusal(text: string): string {
  const known = refusedMethods.find(([prefix]) => text.startsWith(prefix));
  if (known) return `${known[1]} is not supported, use sha512-crypt ($6$)`;
  if (/^[./0-9A-Za-z]{13}$/.test(text)) return "DES is not supported, use sha512-crypt ($6$)";
  return "it is not in a form of crypt(3)";
}

function crypted(
  method: CryptedPassword["method"],
  effort: number,
  stored: string,
  hash: (password: Buffer) => string,
): CryptedPassword {
  const wanted = Buffer.from(stored, "latin1");
  const matches = (password: string): boolean => {
    const made = Buffer.from(hash(Buffer.from(password, "latin1")), "latin1");
    return made.length === wanted.length && timingSafeEqual(made, wanted);
  };
  return { method, effort, matches };
}

/** md5-crypt as FreeBSD introduced it: `$1$salt$hash`. */
function md5Crypt(password: Buffer, saltText: string): string {
  const salt = Buffer.from(saltText.substring(0, 8), "latin1");
  const inner = md5([password, salt, password]);
  const parts: Uint8Array[] = [password, Buffer.from("$1$"), salt];
  for (let left = password.length; left > 0; left -= 16) {
    parts.push(inner.subarray(0, Math.min(16, left)));
  }
  for (let i = password.length; i > 0; i >>= 1) {
    parts.push((i & 1) !== 0 ? Buffer.from([0]) : password.subarray(0, 1));
  }
  let digest = md5(parts);
  for (let i = 0; i < 1000; i++) {
    const odd = (i & 1) !== 0;
    const round: Uint8Array[] = [odd ? password : digest];
    if (i % 3 !== 0) round.push(salt);
    if (i % 7 !== 0) round.push(password);
    round.push(odd ? digest : password);
    digest = md5(round);
  }
  return `$1$${salt.toString("latin1")}$${encodeMd5(digest)}`;
}

function md5(parts: readonly Uint8Array[]): Buffer {
  const hash = createHash("md5");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function encodeMd5(digest: Uint8Array): string {
  let out = "";
  for (let i = 0; i < 5; i++) {
    out += encode64(digest[i]!, digest[i + 6]!, digest[i === 4 ? 5 : i + 12]!, 4);
  }
  return out + encode64(0, 0, digest[11]!, 2);
}
