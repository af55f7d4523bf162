import type { Word } from "./directive.ts";
import type { ReadOptions, ReadResult } from "./reader.ts";
import { type OpenSection, SectionCollector } from "./section_collector.ts";
import { readYaml } from "./yaml.ts";
import type { YamlEntry, YamlScalar } from "./yaml_node.ts";
import { keyWord, scalarWords, type VariableLookup } from "./yaml_scalar.ts";
import { type YamlSink, YamlWalk } from "./yaml_walk.ts";

/**
 * Reads YAML into sections and lines.
 *
 * @param text latin1
 */
export function readYamlConfiguration(
  file: string,
  text: string,
  options: ReadOptions,
): ReadResult {
  const { root, diagnostics } = readYaml(file, text);
  // A document that is no YAML has no shape worth reporting on.
  if (diagnostics.some(({ code }) => code === "yaml-syntax")) {
    return { sections: [], complete: true, diagnostics };
  }
  const sink = new DirectiveSink(options, [...diagnostics]);
  if (root) new YamlWalk(sink).file(root);
  sink.end();
  return sink;
}

/** Makes directives of what a document says. */
class DirectiveSink extends SectionCollector implements YamlSink<OpenSection> {
  readonly #variable: VariableLookup = (name) => this.variable(name);

  words(scalar: YamlScalar, reading: "words" | "text"): Word[] | undefined {
    return scalarWords(scalar, reading, this.#variable, (d) => this.report(d));
  }

  key(entry: YamlEntry): Word | undefined {
    return keyWord(entry, this.#variable, (d) => this.report(d));
  }

  takesText(section: string, words: readonly string[]): boolean {
    return this.options.takesText(section, words);
  }

  inherit(section: OpenSection, from: Word): void {
    section.from = from;
  }
}
