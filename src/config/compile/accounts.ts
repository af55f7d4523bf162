import type { Line } from "./line.ts";
import type { Word } from "../directive.ts";

/** The number of a user or group of this machine, out of /etc/passwd or /etc/group. */
export function accountNumber(line: Line, word: Word, kind: "user" | "group"): number {
  const file = kind === "user" ? "/etc/passwd" : "/etc/group";
  for (const entry of readAccounts(line, file).split("\n")) {
    const [name, , number] = entry.split(":");
    if (name === word.text && /^[0-9]+$/.test(number ?? "")) return Number(number);
  }
  throw line.error("bad-value", `'${kind}' : '${word.text}' is unknown on this machine`, word);
}

function readAccounts(line: Line, file: string): string {
  try {
    return line.site.options.readFile(file);
  } catch {
    return "";
  }
}
