/** Subkeys and substitution boxes of Blowfish, in 32-bit words. */
const wordCount = 18 + 4 * 256;

/** Bits computed beyond those used, so that the sums' rounding does not reach them. */
const guardBits = 64n;

let made: Uint32Array | undefined;

/**
 * The state in which Blowfish starts: the fraction of pi in binary, 18 words of subkeys and four
 * boxes of 256. Computed when the first bcrypt password is read, once.
 */
export function blowfishStart(): Uint32Array {
  return made ??= piFraction();
}

function piFraction(): Uint32Array {
  const bits = BigInt(wordCount * 32);
  const one = 1n << (bits + guardBits);
  // Machin: pi = 16 arctan(1/5) - 4 arctan(1/239).
  const pi = 16n * arctanOfInverse(5n, one) - 4n * arctanOfInverse(239n, one);
  let hex = (pi >> guardBits).toString(16);
  hex = hex.substring(hex.length - wordCount * 8);
  return Uint32Array.from(
    { length: wordCount },
    (_, i) => parseInt(hex.substring(i * 8, i * 8 + 8), 16),
  );
}

/** arctan(1/n) times `one`, by its series. */
function arctanOfInverse(n: bigint, one: bigint): bigint {
  const square = n * n;
  let power = one / n;
  let sum = power;
  for (let divisor = 3n, sign = -1n; power > 0n; divisor += 2n, sign = -sign) {
    power /= square;
    sum += sign * (power / divisor);
  }
  return sum;
}
