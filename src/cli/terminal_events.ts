import process from "node:process";
import { level } from "../observe/log_level.ts";

/** Events on the terminal; access logs have targets of their own. */
export function say(severity: number, text: string): void {
  const word = severity <= level.err ? "alert" : severity === level.warning ? "warning" : "notice";
  process.stderr.write(`[${word}] ${text}\n`);
}
