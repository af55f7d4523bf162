import { Buffer } from "node:buffer";
import {
  constants,
  createHmac,
  createPublicKey,
  type KeyObject,
  timingSafeEqual,
  verify,
} from "node:crypto";
import type { Context } from "../context.ts";
import { langScope } from "../scope.ts";
import type { Arg, ConverterSpec, Scope } from "../spec.ts";
import { Bin, type Value } from "../value.ts";
import { decodeBase64Url } from "./base64.ts";
import { compileJsonQuery } from "./json_query.ts";
import {
  type Convert,
  invalidArguments,
  optionalText,
  text,
  textOf,
  variableNamed,
  variableReader,
} from "./row.ts";

/** What `jwt_verify` answers (HAProxy's manual lists them). */
const verdict = {
  failure: 0,
  success: 1,
  unknownAlgorithm: -1,
  invalidToken: -3,
  unknownCertificate: -5,
} as const;

type Verdict = (typeof verdict)[keyof typeof verdict];

/** An algorithm with a public key. */
type Signature =
  | { readonly family: "RS" | "PS"; readonly hash: string }
  | { readonly family: "ES"; readonly hash: string; readonly signatureBytes: number };

/** Algorithms of RFC 7518 §3.1. */
type Algorithm =
  | { readonly family: "none" }
  | { readonly family: "HS"; readonly hash: string }
  | Signature;

const algorithms: ReadonlyMap<string, Algorithm> = new Map<string, Algorithm>([
  ["none", { family: "none" }],
  ...(["HS", "RS", "PS"] as const).flatMap((family) =>
    [256, 384, 512].map((bits) =>
      [`${family}${bits}`, { family, hash: `sha${bits}` }] as [string, Algorithm]
    )
  ),
  ["ES256", { family: "ES", hash: "sha256", signatureBytes: 64 }],
  ["ES384", { family: "ES", hash: "sha384", signatureBytes: 96 }],
  ["ES512", { family: "ES", hash: "sha512", signatureBytes: 132 }],
]);

/** The parts of a compact token; undefined unless there are three, or two where none is signed. */
function partsOf(
  token: string,
  { family }: Algorithm,
): readonly [header: string, payload: string, signature: string] | undefined {
  const first = token.indexOf(".");
  const second = token.indexOf(".", first + 1);
  if (first >= 0 && second < 0 && family === "none") {
    return [token.substring(0, first), token.substring(first + 1), ""];
  }
  if (first < 0 || second < 0 || token.indexOf(".", second + 1) >= 0) return undefined;
  return [
    token.substring(0, first),
    token.substring(first + 1, second),
    token.substring(second + 1),
  ];
}

function query(converter: string, part: 0 | 1): ConverterSpec["make"] {
  return (args) => {
    const path = textOf(args[0]);
    const find = path === "" ? undefined : compileJsonQuery(converter, path, textOf(args[1]));
    return (value) => {
      const token = (value as Bin).bytes.split(".", part + 2);
      const encoded = token[part];
      const json = encoded ? decodeBase64Url(encoded) : undefined;
      if (json === undefined) return undefined;
      return find === undefined ? json : find(json);
    };
  };
}

/** A word of the configuration, or a variable read each time. */
type Word = (cx: Context) => string | undefined;

function wordOf(arg: Arg | undefined): { readonly word: Word; readonly constant?: string } {
  const word = textOf(arg);
  const variable = variableNamed(word);
  if (variable === undefined) return { word: () => word, constant: word };
  return { word: variableReader(variable, "str") as Word };
}

/**
 * Public keys by path. Files are read while the configuration is compiled, never in a request: a
 * path that only a variable holds must stand in some line too.
 */
type KeyRing = Map<string, KeyObject>;

const keyRings = new WeakMap<object, KeyRing>();

function keyRing(scope: Scope): KeyRing {
  const owner = langScope(scope).patterns;
  let ring = keyRings.get(owner);
  if (ring === undefined) keyRings.set(owner, ring = new Map());
  return ring;
}

function loadKey(ring: KeyRing, path: string, scope: Scope): void {
  if (ring.has(path)) return;
  try {
    ring.set(path, createPublicKey(langScope(scope).readFile(path)));
  } catch {
    // As in HAProxy, a file that is no key is noticed by the answer -5.
  }
}

function keyOptions({ family }: Signature, key: KeyObject): Parameters<typeof verify>[2] {
  switch (family) {
    case "RS":
      return { key, padding: constants.RSA_PKCS1_PADDING };
    case "PS":
      return {
        key,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      };
    case "ES":
      return { key, dsaEncoding: "ieee-p1363" };
  }
}

function isSigned(
  algorithm: Signature,
  signed: Buffer,
  key: KeyObject,
  signature: Buffer,
): boolean {
  try {
    return verify(algorithm.hash, signed, keyOptions(algorithm, key), signature);
  } catch {
    // A key of another kind than the algorithm's.
    return false;
  }
}

function verifyToken(algorithm: Algorithm, token: string, key: string, ring: KeyRing): Verdict {
  const parts = partsOf(token, algorithm);
  if (parts === undefined) return verdict.invalidToken;
  const [header, payload, encoded] = parts;
  if (algorithm.family === "none") return encoded === "" ? verdict.success : verdict.failure;
  const decoded = encoded === "" ? undefined : decodeBase64Url(encoded);
  if (decoded === undefined) return verdict.invalidToken;
  const signature = Buffer.from(decoded, "latin1");
  const signed = Buffer.from(`${header}.${payload}`, "latin1");
  if (algorithm.family === "HS") {
    const own = createHmac(algorithm.hash, Buffer.from(key, "latin1")).update(signed).digest();
    const equal = own.length === signature.length && timingSafeEqual(own, signature);
    return equal ? verdict.success : verdict.failure;
  }
  const publicKey = ring.get(key);
  if (publicKey === undefined) return verdict.unknownCertificate;
  if (algorithm.family === "ES" && signature.length !== algorithm.signatureBytes) {
    return verdict.invalidToken;
  }
  return isSigned(algorithm, signed, publicKey, signature) ? verdict.success : verdict.failure;
}

function makeVerify(converter: "jwt_verify" | "jwt_verify_cert") {
  return (args: readonly (Arg | undefined)[], scope: Scope): Convert => {
    const named = wordOf(args[0]);
    const key = wordOf(args[1]);
    if (named.constant !== undefined && !algorithms.has(named.constant)) {
      throw invalidArguments(converter, `unknown JWT algorithm: ${named.constant}`, named.constant);
    }
    const ring = keyRing(scope);
    const isSecret = named.constant?.startsWith("HS") === true;
    if (converter === "jwt_verify_cert" && isSecret) {
      throw invalidArguments(converter, "HMAC algorithms are not supported", named.constant);
    }
    if (key.constant !== undefined && !isSecret) loadKey(ring, key.constant, scope);
    return (value: Value, cx: Context) => {
      const name = named.word(cx);
      const secret = key.word(cx);
      if (name === undefined || secret === undefined) return undefined;
      const algorithm = algorithms.get(name);
      if (algorithm === undefined) return verdict.unknownAlgorithm;
      return verifyToken(algorithm, (value as Bin).bytes, secret, ring);
    };
  };
}

const queryRow = {
  args: [optionalText("json_path"), optionalText("output_type")],
  input: "bin",
  output: "any",
  pure: true,
} as const;

const verifyRow = {
  args: [text("alg"), text("key")],
  input: "bin",
  output: "sint",
  // Algorithm and key may be variables.
  pure: false,
} as const;

export const jwtConverters = [
  {
    ...queryRow,
    name: "jwt_header_query",
    doc: "the header of a JSON Web Token, or a value in it",
    make: query("jwt_header_query", 0),
  },
  {
    ...queryRow,
    name: "jwt_payload_query",
    doc: "the payload of a JSON Web Token, or a value in it",
    make: query("jwt_payload_query", 1),
  },
  {
    ...verifyRow,
    name: "jwt_verify",
    doc: "1 if the token's signature is right, 0 if not, below 0 for an error",
    make: makeVerify("jwt_verify"),
  },
  {
    ...verifyRow,
    name: "jwt_verify_cert",
    args: [text("alg"), text("cert")],
    doc: "the same with a certificate or public key in a PEM file",
    make: makeVerify("jwt_verify_cert"),
  },
] satisfies ConverterSpec[];
