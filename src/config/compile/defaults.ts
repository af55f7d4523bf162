import { nearest, type Suggestion } from "../../lang/nearest.ts";
import type { Directive, Section } from "../directive.ts";
import type { Site } from "./site.ts";

const ruleKeywords = [
  "http-request",
  "http-response",
  "http-after-response",
  "tcp-request connection",
  "tcp-request session",
  "tcp-request content",
  "tcp-response content",
] as const;

/** A defaults section with what it inherits itself. */
interface Defaults {
  readonly section: Section;
  readonly directives: readonly Directive[];
}

/**
 * The lines that each proxy starts from: those of the defaults section it names, else those of the
 * last one above it, as in HAProxy whether named or not.
 */
export class DefaultsResolver {
  readonly #named = new Map<string, Defaults>();
  readonly #first = new Map<string, Section>();
  readonly #ambiguous = new Map<string, Section>();
  readonly #frontends = new Map<Section, Section>();
  readonly #backends = new Map<Section, Section>();
  #current: Defaults | undefined;
  readonly #used = new Set<Section>();
  readonly #all: Section[] = [];

  constructor(readonly site: Site) {}

  /** Takes a defaults section in the order of the file. */
  add(section: Section): void {
    const parent = section.from ? this.#resolve(section) : undefined;
    if (parent && definesRules(parent)) {
      const { at } = parent.section;
      this.#error(
        section,
        "a defaults section cannot inherit from a defaults section defining TCP/HTTP rules " +
          `(defaults section at ${at.file}:${at.line})`,
      );
    }
    const directives = [...parent?.directives ?? [], ...section.directives];
    const defaults: Defaults = { section, directives };
    const first = this.#first.get(section.name);
    if (section.name !== "" && first) this.#ambiguous.set(section.name, section);
    if (section.name !== "") {
      this.#first.set(section.name, first ?? section);
      this.#named.set(section.name, defaults);
    }
    this.#current = defaults;
    this.#all.push(section);
  }

  /** The inherited lines of a proxy; undefined when it names defaults that are not there. */
  linesFor(proxy: Section): readonly Directive[] | undefined {
    const defaults = proxy.from ? this.#resolve(proxy) : this.#current;
    if (!defaults) return proxy.from ? undefined : [];
    this.#used.add(defaults.section);
    if (definesRules(defaults)) this.#checkSides(proxy, defaults);
    return defaults.directives;
  }

  /** Says which sections nobody inherits from: the proxies probably stand above them. */
  reportUnused(): void {
    for (const section of this.#all) {
      if (this.#used.has(section) || section.name !== "") continue;
      this.site.report({
        severity: "warning",
        code: "unused-defaults",
        at: section.at,
        message:
          "no proxy inherits from this 'defaults' section; it applies to the proxies after it",
      });
    }
  }

  #resolve(section: Section): Defaults | undefined {
    const { from } = section;
    if (!from) return undefined;
    const described = `${section.kind}${section.name === "" ? "" : ` '${section.name}'`}`;
    const ambiguous = this.#ambiguous.get(from.text);
    const found = this.#named.get(from.text);
    if (found && !ambiguous) {
      this.#used.add(found.section);
      return found;
    }
    const first = this.#first.get(from.text);
    const message = ambiguous && first
      ? `ambiguous defaults section name '${from.text}' referenced by ${described} exists at ` +
        `least at ${first.at.file}:${first.at.line} and ${ambiguous.at.file}:${ambiguous.at.line}`
      : `defaults section '${from.text}' not found for ${described}`;
    this.site.report({
      severity: "error",
      code: "unknown-defaults",
      at: from.at,
      message,
      hint: ambiguous ? undefined : this.#suggestion(from.text),
    });
    return undefined;
  }

  /** A section that stands below can't have been meant. */
  #suggestion(name: string): Suggestion {
    const { size } = this.#named;
    return () => nearest(name, [...this.#named.keys()].slice(0, size));
  }

  /** Rules are checked for one side only, so both sides may not share them. */
  #checkSides(proxy: Section, inherited: Defaults): void {
    const { section: defaults } = inherited;
    const where = `(defaults section at ${defaults.at.file}:${defaults.at.line})`;
    const wrongSide = wrongSideOf(proxy, inherited);
    if (wrongSide !== undefined) this.#error(proxy, `${wrongSide} ${where}`);
    if (proxy.kind === "frontend") this.#frontends.set(defaults, proxy);
    if (proxy.kind === "backend") this.#backends.set(defaults, proxy);
    if (!this.#frontends.has(defaults) || !this.#backends.has(defaults)) return;
    this.#error(
      proxy,
      "frontends and backends cannot inherit from the same defaults section if it defines " +
        `TCP/HTTP rules ${where}`,
    );
  }

  #error(section: Section, message: string): void {
    this.site.report({ severity: "error", code: "bad-defaults", at: section.at, message });
  }
}

/** What is wrong with rules of one side in a proxy of the other one. */
function wrongSideOf(proxy: Section, defaults: Defaults): string | undefined {
  if (proxy.kind === "listen") {
    return "a listen section cannot inherit from a defaults section defining TCP/HTTP rules";
  }
  if (
    proxy.kind === "backend" &&
    defines(defaults, ["tcp-request connection", "tcp-request session"])
  ) {
    return "a backend section cannot inherit from a defaults section defining " +
      "'tcp-request connection' or 'tcp-request session' rules";
  }
  if (proxy.kind === "frontend" && defines(defaults, ["tcp-response content"])) {
    return "a frontend section cannot inherit from a defaults section defining " +
      "'tcp-response content' rules";
  }
  return undefined;
}

type RuleKeyword = (typeof ruleKeywords)[number];

function definesRules(defaults: Defaults): boolean {
  return defines(defaults, ruleKeywords);
}

function defines({ section }: Defaults, keywords: readonly RuleKeyword[]): boolean {
  return section.directives.some(({ words }) => {
    const [first, second] = words.map((word) => word.text);
    return keywords.some((keyword) => keyword === first || keyword === `${first} ${second}`);
  });
}
