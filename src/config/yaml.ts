import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
} from "yaml";
import type { Diagnostic } from "./diagnostic.ts";
import type { DiagnosticCode } from "./diagnostic_code.ts";
import { LineMap } from "./line_map.ts";
import { alignScalar } from "./scalar_source.ts";
import type { YamlEntry, YamlNode, YamlScalar, YamlStyle } from "./yaml_node.ts";
import { quotedForm } from "./yaml_quote.ts";

/** The document's top node, undefined when it is empty, and all that is wrong with its YAML. */
export interface YamlSource {
  readonly root: YamlNode | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads YAML into nodes that keep source text, order and places. Anchors, aliases, tags, merge
 * keys, several documents and keys that are no scalars are refused: configuration has no use for
 * them, and `bind: *:80` must not become an alias in silence.
 *
 * @param text latin1
 */
export function readYaml(file: string, text: string): YamlSource {
  const document = parseDocument(text, {
    schema: "failsafe",
    uniqueKeys: false,
    merge: false,
    prettyErrors: false,
    keepSourceTokens: true,
  });
  const reader = new Reader(new LineMap(file, text));
  reader.syntax(document);
  const { contents } = document;
  const root = contents === null ? undefined : reader.node(contents as Node, false);
  return { root: isEmpty(root) ? undefined : root, diagnostics: reader.diagnostics };
}

function isEmpty(node: YamlNode | undefined): boolean {
  return node?.kind === "scalar" && node.style === "plain" && node.text === "";
}

/** Errors of the YAML parser that nearly always mean: this text needs quotes. */
const quotable = new Set(["BAD_SCALAR_START", "BLOCK_AS_IMPLICIT_KEY"]);

const styles: Readonly<Record<string, YamlStyle>> = {
  PLAIN: "plain",
  QUOTE_SINGLE: "single",
  QUOTE_DOUBLE: "double",
  BLOCK_LITERAL: "block",
  BLOCK_FOLDED: "block",
};

class Reader {
  readonly diagnostics: Diagnostic[] = [];

  constructor(readonly lines: LineMap) {}

  syntax(document: Document): void {
    for (const error of document.errors) {
      const [offset] = error.pos;
      if (error.code === "MULTIPLE_DOCS") {
        this.#error("yaml-syntax", "a configuration file holds one YAML document", offset);
      } else if (quotable.has(error.code)) {
        const value = this.lines.text.slice(offset, this.lines.lineEnd(offset));
        this.#error("yaml-syntax", `${error.message}; quote it: ${quotedForm(value)}`, offset);
      } else if (error.code === "MISSING_CHAR") {
        const message = `${error.message}; a value that holds braces, brackets or quotes has to ` +
          "be quoted as a whole";
        this.#error("yaml-syntax", message, offset);
      } else this.#error("yaml-syntax", error.message, offset);
    }
  }

  node(node: Node, inFlow: boolean): YamlNode {
    this.#refuseProperties(node);
    const flow = inFlow || ("flow" in node && node.flow === true);
    const at = this.lines.position(node.range?.[0] ?? 0);
    if (isMap(node)) return { kind: "map", at, entries: this.#entries(node.items as Pair[], flow) };
    if (isSeq(node)) {
      return { kind: "list", at, items: node.items.map((item) => this.node(item as Node, flow)) };
    }
    if (isScalar(node)) return this.#scalar(node, inFlow);
    return this.#alias(node as Alias, inFlow);
  }

  #entries(pairs: readonly Pair[], inFlow: boolean): YamlEntry[] {
    const seen = new Map<string, YamlScalar>();
    const entries: YamlEntry[] = [];
    for (const pair of pairs) {
      const entry = this.#entry(pair, inFlow);
      if (!entry) continue;
      const { key } = entry;
      const first = seen.get(key.text);
      if (first) {
        const message = `duplicate key '${key.text}', first at line ${first.at.line}; ` +
          "a line is repeated by a list of values under one key";
        this.diagnostics.push({
          severity: "error",
          code: "yaml-duplicate-key",
          at: key.at,
          message,
        });
      }
      seen.set(key.text, key);
      entries.push(entry);
    }
    return entries;
  }

  #entry(pair: Pair, inFlow: boolean): YamlEntry | undefined {
    const { key, value } = pair as Pair<Node, Node | null>;
    const offset = key?.range?.[0] ?? value?.range?.[0] ?? 0;
    const read = key && this.node(key, inFlow);
    if (read?.kind !== "scalar") {
      this.#error("yaml-key", "a key is one word, not a list or a mapping", offset);
      return undefined;
    }
    if (read.text === "<<" && read.style === "plain") {
      this.#error("yaml-merge", "merge keys are not part of the configuration", offset);
      return undefined;
    }
    return {
      key: read,
      value: value ? this.node(value, inFlow) : undefined,
      line: this.lines.text.slice(offset, this.lines.lineEnd(offset)).trimEnd(),
    };
  }

  #scalar(node: Scalar, inFlow: boolean): YamlScalar {
    const style = styles[node.type ?? "PLAIN"] ?? "plain";
    const [start, end] = node.range ?? [0, 0];
    const source = this.lines.text.slice(start, end);
    const { text, offsets } = alignScalar(source, String(node.value ?? ""), style);
    const after = /^[ \t]+(#[^\n]*)/.exec(this.lines.text.slice(end, this.lines.lineEnd(end)));
    return {
      kind: "scalar",
      style,
      text,
      source,
      at: this.lines.position(start),
      inFlow,
      comment: after?.[1],
      place: (offset) => this.lines.position(start + (offsets[offset] ?? source.length)),
    };
  }

  /** `*:80` reads as an alias; it is a bind address that needs quotes. */
  #alias(node: Alias, inFlow: boolean): YamlScalar {
    const [start] = node.range ?? [0];
    const end = inFlow ? node.range?.[1] ?? start : this.lines.lineEnd(start);
    const source = this.lines.text.slice(start, end).trimEnd();
    this.#error(
      "yaml-alias",
      `'${source}' is an alias in YAML, and aliases are not part of the configuration; ` +
        `quote it: ${quotedForm(source)}`,
      start,
    );
    const at = this.lines.position(start);
    return {
      kind: "scalar",
      style: "plain",
      text: source,
      source,
      at,
      inFlow,
      comment: undefined,
      place: (offset) => this.lines.position(start + offset),
    };
  }

  #refuseProperties(node: Node): void {
    const offset = node.range?.[0] ?? 0;
    const anchor = "anchor" in node ? node.anchor : undefined;
    if (anchor) {
      this.#error(
        "yaml-anchor",
        `'&${anchor}' is an anchor in YAML, and anchors are not part of the configuration; ` +
          "quote a value that begins with '&'",
        offset,
      );
    }
    if (!isAlias(node) && node.tag) {
      this.#error(
        "yaml-tag",
        `'${
          node.tag.replace("tag:yaml.org,2002:", "!!")
        }' is a tag in YAML, and tags are not part of the configuration; ` +
          "quote a value that begins with '!'",
        offset,
      );
    }
  }

  #error(code: DiagnosticCode, message: string, offset: number): void {
    this.diagnostics.push({
      severity: "error",
      code,
      at: this.lines.position(offset),
      message,
    });
  }
}
