import { readAddress } from "../cast.ts";
import { Address } from "../address.ts";
import type { PatternMap } from "../pattern/map.ts";
import { langScope } from "../scope.ts";
import { readWholeInt } from "../int.ts";
import { compileReplacement, type Replacement } from "../regex/replacement.ts";
import type { Arg, ArgSpec, ConverterSpec, Scope } from "../spec.ts";
import { LangError } from "../spec.ts";
import type { SampleType, Value } from "../value.ts";
import { type Convert, integerOf, invalidArguments, textOf } from "./row.ts";

/** Methods by which a key of a map matches, and the type they take. */
const methods = [
  { name: "str", input: "str" },
  { name: "beg", input: "str" },
  { name: "sub", input: "str" },
  { name: "dir", input: "str" },
  { name: "dom", input: "str" },
  { name: "end", input: "str" },
  { name: "reg", input: "str" },
  { name: "int", input: "sint" },
  { name: "ip", input: "addr" },
] as const;

type Method = (typeof methods)[number]["name"] | "regm";

/** How the value text of an entry is read; undefined when it cannot be. */
type Read = (text: string) => Value | undefined;

const outputs = {
  str: { type: "str", read: (text: string) => text },
  int: { type: "sint", read: readWholeInt },
  ip: {
    type: "addr",
    read: (text: string) => Address.parse(text) ?? undefined,
  },
} as const satisfies Record<string, { type: SampleType; read: Read }>;

/** Opens a map for a converter; its messages become those of arguments. */
function openMap(
  converter: string,
  args: readonly (Arg | undefined)[],
  match: Method,
  scope: Scope,
) {
  const lang = langScope(scope);
  const name = textOf(args[0]);
  try {
    return lang.patterns.map(name, match, (path) => lang.readFile(path));
  } catch (error) {
    if (!(error instanceof LangError)) throw error;
    throw invalidArguments(converter, error.message, error.word ?? name);
  }
}

/**
 * Reads each value text once. Values that came at run time and cannot be read are as if not there;
 * those of the file are refused.
 */
function cachedReader(converter: string, map: PatternMap, read: Read): Read {
  const known = new Map<string, Value | undefined>();
  for (const entry of map.list.entries()) {
    const text = entry.value ?? "";
    const value = read(text);
    if (value === undefined) {
      throw invalidArguments(
        converter,
        `unable to parse '${text}' at line ${entry.line} of file '${map.list.name}'`,
        text,
      );
    }
    known.set(text, value);
  }
  return (text) => {
    if (known.has(text)) return known.get(text);
    const value = read(text);
    // A map that changes all the time must not fill the memory.
    if (known.size >= readValuesMax) known.clear();
    known.set(text, value);
    return value;
  };
}

const readValuesMax = 100_000;

function defaultOf(converter: string, arg: Arg | undefined, output: keyof typeof outputs) {
  if (arg === undefined) return undefined;
  if (output === "int") return integerOf(arg);
  const text = textOf(arg);
  if (output === "str") return text;
  const address = readAddress(text);
  if (address !== undefined) return address;
  throw invalidArguments(converter, `'${text}' is not a valid IPv4 or IPv6 address`, text);
}

function makeLookup(converter: string, match: Method, output: keyof typeof outputs) {
  return (args: readonly (Arg | undefined)[], scope: Scope): Convert => {
    const map = openMap(converter, args, match, scope);
    const fallback = defaultOf(converter, args[1], output);
    if (output === "str") return (value) => map.lookup(value) ?? fallback;
    const read = cachedReader(converter, map, outputs[output].read);
    return (value) => {
      const text = map.lookup(value);
      return text === undefined ? fallback : read(text);
    };
  };
}

/** `map_regm`: the value refers to what the expression captured. */
function makeCaptureLookup(args: readonly (Arg | undefined)[], scope: Scope): Convert {
  const map = openMap("map_regm", args, "regm", scope);
  const fallback = defaultOf("map_regm", args[1], "str");
  const compiled = new Map<string, Replacement>();
  return (value) => {
    const found = map.capture(value);
    if (found === undefined) return fallback;
    const text = found.entry.value ?? "";
    let replacement = compiled.get(text);
    if (replacement === undefined) {
      if (compiled.size >= readValuesMax) compiled.clear();
      compiled.set(text, replacement = compileReplacement(text));
    }
    return replacement([...found.capture.groups]);
  };
}

const nameArg: ArgSpec = { name: "map", type: "map" };
const textDefault: ArgSpec = { name: "default", type: "string", optional: true };
const intDefault: ArgSpec = { name: "default", type: "integer", optional: true };

function rowsOf({ name, input }: (typeof methods)[number]): ConverterSpec[] {
  // Maps change at run time, but not within one evaluation unless a rule does it.
  const row = { input, pure: true } as const;
  const keyed = (suffix: "" | "_int" | "_ip", output: keyof typeof outputs): ConverterSpec => ({
    ...row,
    name: `map_${name}${suffix}`,
    args: [nameArg, output === "int" ? intDefault : textDefault],
    output: outputs[output].type,
    doc: `the value of the map's key that matches by ${name}${
      suffix && `, as ${outputs[output].type}`
    }`,
    make: makeLookup(`map_${name}${suffix}`, name, output),
  });
  return [
    keyed("", "str"),
    keyed("_int", "int"),
    keyed("_ip", "ip"),
    {
      ...row,
      name: `map_${name}_key`,
      args: [nameArg],
      output: "str",
      doc: `the map's key that matches by ${name}`,
      make: (args, scope) => {
        const map = openMap(`map_${name}_key`, args, name, scope);
        return (value) => map.lookupKey(value);
      },
    },
  ];
}

export const mapConverters: readonly ConverterSpec[] = [
  {
    name: "map",
    args: [nameArg, textDefault],
    input: "str",
    output: "str",
    pure: true,
    doc: "the value of a key in a map; the same as map_str",
    make: makeLookup("map", "str", "str"),
  },
  ...methods.flatMap(rowsOf),
  {
    name: "map_regm",
    args: [nameArg, textDefault],
    input: "str",
    output: "str",
    pure: true,
    doc: "the value of the expression that matches, with `\\1` for what it captured",
    make: makeCaptureLookup,
  },
];
