import { Buffer } from "node:buffer";
import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Context } from "../context.ts";
import type { Arg, ConverterSpec } from "../spec.ts";
import { Bin, type Value } from "../value.ts";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import {
  type Convert,
  integerOf,
  invalidArguments,
  optionalText,
  requiredVariable,
  text,
  textOf,
  variableNamed,
  variableReader,
} from "./row.ts";

/** Bytes of an AES-GCM authentication tag. */
const tagBytes = 16;

/** A parameter in base64, or in a variable that holds base64. */
type Parameter = (cx: Context) => Buffer | undefined;

function parameter(converter: string, what: string, arg: Arg | undefined): Parameter {
  const word = textOf(arg);
  const variable = variableNamed(word);
  const decode = (encoded: string | undefined) => {
    const bytes = encoded === undefined ? undefined : decodeBase64(encoded);
    return bytes === undefined ? undefined : Buffer.from(bytes, "latin1");
  };
  if (variable !== undefined) {
    const get = variableReader(variable, "str");
    return (cx) => decode(get(cx) as string | undefined);
  }
  const constant = decode(word);
  if (constant !== undefined) return () => constant;
  throw invalidArguments(
    converter,
    `failed to parse ${what} : argument needs to be base64 encoded, and can either be a string or a variable`,
  );
}

interface Parameters {
  readonly name: "aes-128" | "aes-192" | "aes-256";
  readonly nonce: Parameter;
  readonly key: Parameter;
}

function parameters(converter: string, args: readonly (Arg | undefined)[]): Parameters {
  const bits = Number(integerOf(args[0]) ?? 0);
  if (bits !== 128 && bits !== 192 && bits !== 256) {
    throw invalidArguments(converter, "key size must be 128, 192 or 256 (bits).");
  }
  return {
    name: `aes-${bits}`,
    nonce: parameter(converter, "nonce", args[1]),
    key: parameter(converter, "key", args[2]),
  };
}

/** Runs a cipher; a key, nonce or message that does not fit gives nothing. */
function attempt(run: () => Buffer | undefined): Bin | undefined {
  try {
    const bytes = run();
    return bytes && new Bin(bytes.toString("latin1"));
  } catch {
    return undefined;
  }
}

function bufferOf(value: Value): Buffer {
  return Buffer.from((value as Bin).bytes, "latin1");
}

function makeCbc(converter: string, direction: "encrypt" | "decrypt") {
  return (args: readonly (Arg | undefined)[]): Convert => {
    const { name, nonce, key } = parameters(converter, args);
    return (value, cx) =>
      attempt(() => {
        const [k, iv] = [key(cx), nonce(cx)];
        if (k === undefined || iv === undefined) return undefined;
        const cipher = direction === "encrypt"
          ? createCipheriv(`${name}-cbc`, k, iv)
          : createDecipheriv(`${name}-cbc`, k, iv);
        return Buffer.concat([cipher.update(bufferOf(value)), cipher.final()]);
      });
  };
}

function makeGcmDecrypt(args: readonly (Arg | undefined)[]): Convert {
  const converter = "aes_gcm_dec";
  const { name, nonce, key } = parameters(converter, args);
  const tag = parameter(converter, "aead_tag", args[3]);
  const aad = textOf(args[4]) === "" ? undefined : parameter(converter, "aad", args[4]);
  return (value, cx) =>
    attempt(() => {
      const [k, iv, t] = [key(cx), nonce(cx), tag(cx)];
      if (k === undefined || iv === undefined || t?.length !== tagBytes) return undefined;
      const decipher = createDecipheriv(`${name}-gcm`, k, iv);
      if (aad !== undefined) {
        const more = aad(cx);
        if (more === undefined) return undefined;
        decipher.setAAD(more);
      }
      decipher.setAuthTag(t);
      return Buffer.concat([decipher.update(bufferOf(value)), decipher.final()]);
    });
}

function makeGcmEncrypt(args: readonly (Arg | undefined)[]): Convert {
  const converter = "aes_gcm_enc";
  const { name, nonce, key } = parameters(converter, args);
  const target = requiredVariable(converter, args[3]);
  const aad = textOf(args[4]) === "" ? undefined : parameter(converter, "aad", args[4]);
  return (value, cx) =>
    attempt(() => {
      const [k, iv] = [key(cx), nonce(cx)];
      if (k === undefined || iv === undefined) return undefined;
      const cipher = createCipheriv(`${name}-gcm`, k, iv);
      if (aad !== undefined) {
        const more = aad(cx);
        if (more === undefined) return undefined;
        cipher.setAAD(more);
      }
      const bytes = Buffer.concat([cipher.update(bufferOf(value)), cipher.final()]);
      const tag = cipher.getAuthTag().toString("latin1");
      cx.variables.set(target.scope, target.name, encodeBase64(tag));
      return bytes;
    });
}

const keyArgs = [{ name: "bits", type: "integer" }, text("nonce"), text("key")] as const;

// Keys are read from variables, and the tag of an encryption is written to one.
const row = { input: "bin", output: "bin", pure: false } as const;
// Additional data belongs to GCM; HAProxy takes the argument for CBC too, and it means nothing there.
const cbcArgs = [...keyArgs, optionalText("aad")];
const gcmArgs = [...keyArgs, text("aead_tag"), optionalText("aad")];

export const cipherConverters = [
  {
    ...row,
    name: "aes_cbc_dec",
    args: cbcArgs,
    doc: "decrypts AES-CBC; nonce and key in base64 or in variables",
    make: makeCbc("aes_cbc_dec", "decrypt"),
  },
  {
    ...row,
    name: "aes_cbc_enc",
    args: cbcArgs,
    doc: "encrypts with AES-CBC; nonce and key in base64 or in variables",
    make: makeCbc("aes_cbc_enc", "encrypt"),
  },
  {
    ...row,
    name: "aes_gcm_dec",
    args: gcmArgs,
    doc: "decrypts AES-GCM; nothing when the tag is not right",
    make: makeGcmDecrypt,
  },
  {
    ...row,
    name: "aes_gcm_enc",
    args: gcmArgs,
    doc: "encrypts with AES-GCM; the tag goes to a variable, in base64",
    make: makeGcmEncrypt,
  },
] satisfies ConverterSpec[];
