import { Buffer } from "node:buffer";
import { createHash, createHmac } from "node:crypto";
import type { ConverterSpec } from "../spec.ts";
import { Bin } from "../value.ts";
import { decodeBase64 } from "./base64.ts";
import {
  integerOf,
  invalidArguments,
  noArgs,
  optionalInteger,
  text,
  textOf,
  variableNamed,
  variableReader,
} from "./row.ts";

const notBase64 = "argument needs to be base64 encoded, and can either be a string or a variable";

function digester(algorithm: string): (value: unknown) => Bin {
  return (value) =>
    new Bin(createHash(algorithm).update((value as Bin).bytes, "latin1").digest("latin1"));
}

/** The algorithm in the spelling that node:crypto takes everywhere. Throws LangError. */
function algorithmOf(converter: string, name: string): string {
  const algorithm = name.toLowerCase();
  try {
    createHash(algorithm);
    return algorithm;
  } catch {
    throw invalidArguments(
      converter,
      "algorithm must be a valid OpenSSL message digest name.",
      name,
    );
  }
}

const row = { input: "bin", output: "bin", pure: true } as const;

export const digestConverters = [
  {
    ...row,
    name: "sha1",
    args: noArgs,
    doc: "the SHA-1 digest, 20 bytes",
    make: () => digester("sha1"),
  },
  {
    ...row,
    name: "sha2",
    args: [optionalInteger("bits")],
    doc: "a SHA-2 digest of <bits> (224, 256, 384, 512; 256 if not given)",
    make: (args) => {
      const bits = Number(integerOf(args[0]) ?? 256);
      if (![224, 256, 384, 512].includes(bits)) {
        throw invalidArguments("sha2", `Unsupported number of bits: '${bits}'`);
      }
      return digester(`sha${bits}`);
    },
  },
  {
    ...row,
    name: "digest",
    args: [text("algorithm")],
    doc: "the digest by an algorithm as OpenSSL calls it",
    make: (args) => digester(algorithmOf("digest", textOf(args[0]))),
  },
  {
    ...row,
    name: "hmac",
    args: [text("algorithm"), text("key")],
    // The key may be a variable.
    pure: false,
    doc: "the message authentication code with a key in base64 or in a variable",
    make: (args) => {
      const algorithm = algorithmOf("hmac", textOf(args[0]));
      const word = textOf(args[1]);
      const sign = (bytes: string, key: string) =>
        new Bin(
          createHmac(algorithm, Buffer.from(key, "latin1")).update(bytes, "latin1").digest(
            "latin1",
          ),
        );
      const variable = variableNamed(word);
      if (variable === undefined) {
        const key = decodeBase64(word);
        if (key === undefined) throw invalidArguments("hmac", `failed to parse key : ${notBase64}`);
        return (value) => sign((value as Bin).bytes, key);
      }
      const get = variableReader(variable, "str");
      return (value, cx) => {
        const encoded = get(cx) as string | undefined;
        const key = encoded === undefined ? undefined : decodeBase64(encoded);
        return key === undefined ? undefined : sign((value as Bin).bytes, key);
      };
    },
  },
] satisfies ConverterSpec[];
