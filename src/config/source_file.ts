import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";

/** Which spelling a file is in; the ending decides unless told. */
export type ConfigurationFormat = "yaml" | "haproxy";

export function formatOf(
  path: string,
  told: ConfigurationFormat | undefined,
): ConfigurationFormat {
  return told ?? (/\.ya?ml$/i.test(path) ? "yaml" : "haproxy");
}

/** A file as latin1; throws when it cannot be read. */
export function readLatin1(path: string): string {
  return Buffer.from(readFileSync(path)).toString("latin1");
}

/** A text without UTF-8's mark, as latin1 shows it. */
export function withoutByteOrderMark(text: string): string {
  return text.startsWith("\xef\xbb\xbf") ? text.slice(3) : text;
}
