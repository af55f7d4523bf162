import { FlagError, type FlagSpec, haproxyFlags } from "./haproxy_flags.ts";
import { type HaproxySettings, haproxySettings } from "./haproxy_settings.ts";

/** What a command line in HAProxy's grammar turned out to be. */
export type HaproxyArguments =
  | { readonly kind: "settings"; readonly settings: HaproxySettings }
  /** The line makes no sense: the usage says what would. */
  | { readonly kind: "usage" }
  /** A flag's value is missing or wrong; the message is HAProxy's. */
  | { readonly kind: "error"; readonly message: string };

const flags = new Map(haproxyFlags.map((spec) => [spec.name, spec]));
const attached = haproxyFlags.filter(({ arity }) => arity === "attached");

/** Reads a command line without the program's name. */
export function parseHaproxyArguments(words: readonly string[]): HaproxyArguments {
  const settings = haproxySettings();
  let at = 0;
  while (at < words.length) {
    const word = words[at++]!;
    const spec = flagOf(word);
    if (!spec) return { kind: "usage" };
    const values = valuesOf(spec, word, words, at);
    if (values === undefined) return missing(spec);
    if (spec.arity !== "attached") at += values.length;
    try {
      spec.apply?.(settings, values);
    } catch (error) {
      if (!(error instanceof FlagError)) throw error;
      return { kind: "error", message: error.message };
    }
    if (settings.action === "version" || settings.action === "build-options") break;
  }
  return { kind: "settings", settings };
}

/**
 * The flag that a word is. As in HAProxy, letters behind a flag without a value say nothing: `-vz`
 * is `-v`, and a `-d…` of another version is `-d`.
 */
function flagOf(word: string): FlagSpec | undefined {
  const exact = flags.get(word);
  if (exact) return exact;
  const prefix = attached.find(({ name }) => word.startsWith(name));
  if (prefix) return prefix;
  const short = word.startsWith("--") ? undefined : flags.get(word.slice(0, 2));
  return short?.arity === "none" ? short : undefined;
}

/** The values of a flag; undefined when one is missing. */
function valuesOf(
  spec: FlagSpec,
  word: string,
  words: readonly string[],
  at: number,
): readonly string[] | undefined {
  switch (spec.arity) {
    case "none":
      return [];
    case "attached":
      return [word.slice(spec.name.length)];
    case "rest":
      return words.slice(at);
    case "pids": {
      const end = words.findIndex((text, index) => index >= at && text.startsWith("-"));
      return words.slice(at, end < 0 ? undefined : end);
    }
    case "one":
      return at < words.length ? [words[at]!] : undefined;
    default:
      return spec.arity satisfies never;
  }
}

function missing(spec: FlagSpec): HaproxyArguments {
  if (spec.name === "-cc") return { kind: "usage" };
  if (spec.name === "-x") {
    return { kind: "error", message: "Unix socket path expected with the -x flag" };
  }
  return { kind: "error", message: `a value is expected with the ${spec.name} flag` };
}
