// xxHash by its specification: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md

const p32 = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1] as const;

function rotate32(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

function word32(bytes: string, at: number): number {
  return bytes.charCodeAt(at) | (bytes.charCodeAt(at + 1) << 8) | (bytes.charCodeAt(at + 2) << 16) |
    (bytes.charCodeAt(at + 3) << 24);
}

function round32(lane: number, input: number): number {
  return Math.imul(rotate32((lane + Math.imul(input, p32[1])) | 0, 13), p32[0]);
}

/** XXH32 of latin1 text, an unsigned 32-bit number. */
export function xxh32(bytes: string, seed: number): number {
  const { length } = bytes;
  let at = 0;
  let hash: number;
  if (length >= 16) {
    let a = (seed + p32[0] + p32[1]) | 0;
    let b = (seed + p32[1]) | 0;
    let c = seed | 0;
    let d = (seed - p32[0]) | 0;
    for (; at + 16 <= length; at += 16) {
      a = round32(a, word32(bytes, at));
      b = round32(b, word32(bytes, at + 4));
      c = round32(c, word32(bytes, at + 8));
      d = round32(d, word32(bytes, at + 12));
    }
    hash = rotate32(a, 1) + rotate32(b, 7) + rotate32(c, 12) + rotate32(d, 18);
  } else hash = seed + p32[4];
  hash = (hash + length) | 0;
  for (; at + 4 <= length; at += 4) {
    hash = Math.imul(rotate32((hash + Math.imul(word32(bytes, at), p32[2])) | 0, 17), p32[3]);
  }
  for (; at < length; at++) {
    hash = (hash + Math.imul(bytes.charCodeAt(at), p32[4])) | 0;
    hash = Math.imul(rotate32(hash, 11), p32[0]);
  }
  hash = Math.imul(hash ^ (hash >>> 15), p32[1]);
  hash = Math.imul(hash ^ (hash >>> 13), p32[2]);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const p64 = [
  0x9e3779b185ebca87n,
  0xc2b2ae3d27d4eb4fn,
  0x165667b19e3779f9n,
  0x85ebca77c2b2ae63n,
  0x27d4eb2f165667c5n,
] as const;

function low64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

function rotate64(word: bigint, by: bigint): bigint {
  return low64(word << by) | (word >> (64n - by));
}

function word64(bytes: string, at: number): bigint {
  return BigInt(word32(bytes, at) >>> 0) | (BigInt(word32(bytes, at + 4) >>> 0) << 32n);
}

function round64(lane: bigint, input: bigint): bigint {
  return low64(rotate64(low64(lane + input * p64[1]), 31n) * p64[0]);
}

/** XXH64 of latin1 text, an unsigned 64-bit number. */
export function xxh64(bytes: string, seed: bigint): bigint {
  const { length } = bytes;
  let at = 0;
  let hash: bigint;
  if (length >= 32) {
    const lanes = [seed + p64[0] + p64[1], seed + p64[1], seed, seed - p64[0]].map(low64);
    for (; at + 32 <= length; at += 32) {
      for (let i = 0; i < 4; i++) lanes[i] = round64(lanes[i]!, word64(bytes, at + i * 8));
    }
    hash = low64(
      rotate64(lanes[0]!, 1n) + rotate64(lanes[1]!, 7n) + rotate64(lanes[2]!, 12n) +
        rotate64(lanes[3]!, 18n),
    );
    for (const lane of lanes) hash = low64((hash ^ round64(0n, lane)) * p64[0] + p64[3]);
  } else hash = low64(seed + p64[4]);
  return finish64(low64(hash + BigInt(length)), bytes, at);
}

function finish64(hash: bigint, bytes: string, at: number): bigint {
  const { length } = bytes;
  for (; at + 8 <= length; at += 8) {
    hash = low64(rotate64(hash ^ round64(0n, word64(bytes, at)), 27n) * p64[0] + p64[3]);
  }
  if (at + 4 <= length) {
    const word = BigInt(word32(bytes, at) >>> 0);
    hash = low64(rotate64(hash ^ low64(word * p64[0]), 23n) * p64[1] + p64[2]);
    at += 4;
  }
  for (; at < length; at++) {
    hash = low64(rotate64(hash ^ low64(BigInt(bytes.charCodeAt(at)) * p64[4]), 11n) * p64[0]);
  }
  hash = low64((hash ^ (hash >> 33n)) * p64[1]);
  hash = low64((hash ^ (hash >> 29n)) * p64[2]);
  return hash ^ (hash >> 32n);
}
