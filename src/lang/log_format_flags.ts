import type { ItemFlags } from "./log_format_write.ts";

/** Flags of an item and, on `%o`, of the whole format. */
export interface FormatFlags extends ItemFlags {
  /** `json`: the named items as one JSON object. */
  readonly json: boolean;
}

const flagNames: Readonly<Record<string, keyof FormatFlags>> = {
  Q: "quoted",
  X: "hex",
  E: "escaped",
  M: "dashed",
  json: "json",
};

export function initialFlags(forLog: boolean): FormatFlags {
  return { quoted: false, hex: false, escaped: false, dashed: forLog, json: false };
}

/** What `{+Q,-X}` makes of the flags so far; unknown flags count for nothing, as in HAProxy. */
export function applyFlags(flags: FormatFlags, text: string): FormatFlags {
  if (text === "") return flags;
  const out = { ...flags };
  for (const word of text.split(",")) {
    const flag = flagNames[word.substring(1)];
    if (flag === undefined) continue;
    if (word.startsWith("+")) out[flag] = true;
    else if (word.startsWith("-")) out[flag] = false;
  }
  return out;
}
