import type { Line } from "../compile/line.ts";
import type { SectionKind, Word } from "../directive.ts";

/** What every keyword's row says, whatever section it belongs to. */
export interface KeywordRow {
  /** All words of the keyword, a blank between them. */
  readonly name: string;
  readonly sections: readonly SectionKind[];
  /** The manual's syntax line. */
  readonly syntax: string;
  /** One line for `sluice keywords` and the docs. */
  readonly doc: string;
  /** Takes one text: in YAML the whole scalar is its argument. */
  readonly text?: true;
  /** May stand behind `no`. */
  readonly negatable?: true;
  /** Only proxies in HTTP mode use it. */
  readonly http?: true;
  /** What is wrong with it in a proxy that lacks its side; without this it is only ignored. */
  readonly misplaced?: (proxy: { readonly kind: string; readonly name: string }) => string;
  /** A `defaults` section that has it needs a name. */
  readonly namedDefaults?: true;
  /** Why it is refused: known to HAProxy, and not to Sluice. */
  readonly refused?: string;
  /** Why it is taken and changes nothing. */
  readonly noEffect?: string;
}

/** A row of a keyword table. `Draft` is what lines of its sections add up to. */
export interface KeywordSpec<Draft> extends KeywordRow {
  /** Reads the line; throws ConfigError or LangError. */
  apply(line: Line, draft: Draft): void;
}

/** A row of the option table of `bind` or `server`; `Draft` is what the options add up to. */
export interface OptionSpec<Draft> {
  readonly name: string;
  readonly syntax: string;
  readonly doc: string;
  readonly refused?: string;
  readonly noEffect?: string;
  /** Reads the option's arguments from the line; `option` is its own word. */
  apply(line: Line, draft: Draft, option: Word): void;
}

/** Keywords that share the reason for which they are refused, or have no effect. */
export interface KeywordGroup {
  /** A clause without a full stop, as it stands behind a colon. */
  readonly why: string;
  readonly names: readonly string[];
}

export const proxySections = ["defaults", "frontend", "backend", "listen"] as const;
export const frontendSections = ["defaults", "frontend", "listen"] as const;
export const backendSections = ["defaults", "backend", "listen"] as const;
