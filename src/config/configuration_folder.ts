import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ConfigurationFormat } from "./source_file.ts";

const endings: Readonly<Record<ConfigurationFormat, RegExp>> = {
  haproxy: /\.cfg$/,
  yaml: /\.ya?ml$/i,
};

/**
 * The files that a path stands for: a folder stands for those in it that end in .cfg, hidden ones
 * left out, in the order of their bytes, as with haproxy. Another format asks for other endings.
 * Anything else is itself, there or not, and so is a folder that has none or cannot be read: whoever
 * opens it will say so.
 */
export function configurationFiles(
  path: string,
  format: ConfigurationFormat = "haproxy",
): readonly string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const files = readdirSync(path).sort()
      .filter((name) => endings[format].test(name) && !name.startsWith("."))
      .map((name) => join(path, name))
      .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() ?? true);
    return files.length > 0 ? files : [path];
  } catch {
    return [path];
  }
}
