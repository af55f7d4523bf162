import { type CompiledRegex, compileRegex } from "../regex/compile.ts";
import { compileReplacement } from "../regex/replacement.ts";
import type { Arg, ConverterSpec } from "../spec.ts";
import { type Convert, invalidArguments, optionalText, text, textOf } from "./row.ts";

interface Flags {
  readonly global: boolean;
  readonly ignoreCase: boolean;
}

function flagsOf(letters: string): Flags {
  for (const letter of letters) {
    if (letter !== "i" && letter !== "g") {
      throw invalidArguments(
        "regsub",
        `invalid regex flag '${letter}', only 'i' and 'g' are supported`,
        letters,
      );
    }
  }
  return { global: letters.includes("g"), ignoreCase: letters.includes("i") };
}

/**
 * Each further match is looked for in the rest of the text as if nothing stood before it, except
 * that `^` does not hold there. A match of nothing is replaced before the character it stands at,
 * which is then passed over.
 */
function makeRegsub(args: readonly (Arg | undefined)[]): Convert {
  const source = textOf(args[0]);
  if (source === "") throw invalidArguments("regsub", "missing regex");
  const { global, ignoreCase } = flagsOf(textOf(args[2]));
  const first = compileRegex(source, { ignoreCase });
  const further: CompiledRegex | undefined = global
    ? compileRegex(source, { ignoreCase, notBeginning: true })
    : undefined;
  const replacement = compileReplacement(textOf(args[1]));
  return (value) => {
    let rest = value as string;
    let out = "";
    for (let regex: CompiledRegex | undefined = first; regex !== undefined; regex = further) {
      const match = regex.exec(rest);
      if (match === undefined) break;
      out += rest.substring(0, match.index) + (replacement(match.groups) ?? "");
      // What is left may be nothing, which is searched once more.
      if (rest === "") break;
      if (match.end === 0) out += rest.substring(0, 1);
      rest = rest.substring(match.end === 0 ? 1 : match.end);
    }
    return out + rest;
  };
}

export const regsubConverters = [
  {
    name: "regsub",
    args: [{ name: "regex", type: "regex" }, text("subst"), optionalText("flags")],
    input: "str",
    output: "str",
    pure: true,
    doc: "with what a pattern matches replaced; flags: i ignores case, g replaces all",
    make: makeRegsub,
  },
] satisfies ConverterSpec[];
