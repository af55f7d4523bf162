import { Buffer } from "node:buffer";

/** An expression, as it stands in a configuration after the first level of quoting. */
export interface ConverterCase {
  readonly expression: string;
  /** What 3.5 gives where 2.6 differs (in the form that the test compares), with the reason. */
  readonly differs?: { readonly value: string | undefined; readonly reason: string };
}

/** Bytes as a sample of type bin. */
export function bin(text: string): string {
  return `bin(${Buffer.from(text, "latin1").toString("hex")})`;
}

/** A text as a sample of type str, whatever its bytes (but NUL). */
export function str(text: string): string {
  return text === "" ? "str()" : `${bin(text)},concat()`;
}

/** Variables that every case can read. */
export const variables: Readonly<Record<string, string>> = {
  "txn.seven": "int(7)",
  "txn.big": "int(9223372036854775807)",
  "txn.negative": "int(-3)",
  "txn.abc": "str(abc)",
  "txn.bytes": "bin(616263)",
  "txn.digits": "str(12x)",
  "txn.key": "str(a2V5)",
  "txn.nonce": "str(Zm9vb2Zvb29mb29wZm9v)",
};

export function each(inputs: readonly string[], chains: readonly string[]): ConverterCase[] {
  return inputs.flatMap((input) => chains.map((chain) => ({ expression: `${input},${chain}` })));
}

/** A text in the form that the test compares. */
export function base64(text: string): string {
  return `base64 ${Buffer.from(text).toString("base64")}`;
}

/** Every byte once. */
export const every = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join("");
