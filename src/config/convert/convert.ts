import type { Diagnostic } from "../diagnostic.ts";
import type { ConfigurationFormat } from "../source_file.ts";
import type { Outline } from "./outline.ts";
import { readCfgOutline, type ReadOutline } from "./read_cfg.ts";
import { readYamlOutline } from "./read_yaml.ts";
import { writeCfg } from "./write_cfg.ts";
import { writeYaml } from "./write_yaml.ts";

/** A file of a configuration; `text` is latin1. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly format: ConfigurationFormat;
}

export interface Conversion {
  /** Latin1; undefined when a file cannot be read. */
  readonly text: string | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Writes files as one file of a format. Variables are not expanded and branches not chosen: what
 * the result means depends on them as before. Comments and blank lines stay where they were.
 */
export function convertConfiguration(
  files: readonly SourceFile[],
  to: ConfigurationFormat,
): Conversion {
  const read = files.map(readOutline);
  const diagnostics = read.flatMap((one) => one.diagnostics);
  if (diagnostics.length > 0) return { text: undefined, diagnostics };
  const outline = joined(read.map((one) => one.outline));
  return { text: to === "yaml" ? writeYaml(outline) : writeCfg(outline), diagnostics };
}

function readOutline({ path, text, format }: SourceFile): ReadOutline {
  return format === "yaml" ? readYamlOutline(path, text) : readCfgOutline(path, text);
}

/** What stands below a file's last line comes to stand above the first of the next. */
function joined(outlines: readonly Outline[]): Outline {
  let below: Outline["below"] = [];
  const lines = outlines.flatMap((outline) => {
    const [first, ...rest] = outline.lines;
    if (!first) {
      below = [...below, ...outline.below];
      return [];
    }
    const above = [...below, ...first.above];
    below = outline.below;
    return [{ ...first, above }, ...rest];
  });
  return { lines, below };
}
