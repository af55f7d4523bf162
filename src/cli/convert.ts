import { Buffer } from "node:buffer";
import process from "node:process";
import { configurationFiles } from "../config/configuration_folder.ts";
import { convertConfiguration, type SourceFile } from "../config/convert/convert.ts";
import { formatDiagnostic } from "../config/diagnostic.ts";
import {
  type ConfigurationFormat,
  formatOf,
  readLatin1,
  withoutByteOrderMark,
} from "../config/source_file.ts";

export interface ConvertOptions {
  /** Configuration files or folders, in order. */
  readonly file: readonly string[];
  readonly format?: ConfigurationFormat;
  /** The other one of the first file's format unless given. */
  readonly to?: ConfigurationFormat;
}

/** `sluice convert`: prints a configuration in the other spelling. Returns 0, or 1 for errors. */
export function convertCommand(options: ConvertOptions): number {
  const paths = options.file.flatMap((path) => configurationFiles(path, options.format));
  const files: SourceFile[] = [];
  for (const path of paths) {
    try {
      const text = withoutByteOrderMark(readLatin1(path));
      files.push({ path, text, format: formatOf(path, options.format) });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      process.stderr.write(`${path}: cannot open configuration file: ${reason}\n`);
      return 1;
    }
  }
  const other = files[0]?.format === "yaml" ? "haproxy" : "yaml";
  const { text, diagnostics } = convertConfiguration(files, options.to ?? other);
  for (const diagnostic of diagnostics) process.stderr.write(formatDiagnostic(diagnostic) + "\n");
  if (text === undefined) return 1;
  process.stdout.write(Buffer.from(text, "latin1"));
  return 0;
}
