import type { Address } from "../address.ts";
import { LangError } from "../spec.ts";
import { parsePatternFile } from "./file.ts";
import type { IndexOptions } from "./index.ts";
import { PatternList, type PatternView } from "./list.ts";
import { PatternMap } from "./map.ts";
import { matchMethod, type MatchName } from "./match_method.ts";

/** Reads a file named in the configuration as latin1; throws when it cannot. */
export type ReadFile = (path: string) => string;

/** How a list is used: by which match method, with which flags. */
export interface ListUse {
  readonly match: MatchName;
  readonly ignoreCase: boolean;
  readonly resolve?: (name: string) => Address | undefined;
}

/** Prefixes of a list's name: where its entries come from. */
const prefixes = ["file@", "opt@", "virt@"] as const;

/**
 * The pattern lists and maps of the process, shared by name. A configuration that is being compiled
 * works on a staged store, which replaces the live one when it is committed.
 */
export class PatternStore {
  readonly #lists = new Map<string, PatternList>();
  readonly #byId = new Map<number, PatternList>();
  readonly #byOrigin = new Map<string, PatternList>();
  /** Inline lists by how they are used. */
  readonly #uses = new Map<string, number>();
  readonly #live: PatternStore | undefined;
  #nextId = 0;

  /** `live` is the store that a staged one takes unchanged lists from; see {@link stage}. */
  constructor(live?: PatternStore) {
    this.#live = live;
  }

  /**
   * The list of that name (`file@`, `opt@`, `virt@` or a plain path), read at its first use.
   * Throws LangError when its file cannot be read or is used with another number of columns.
   */
  list(name: string, columns: 1 | 2, readFile: ReadFile): PatternList {
    const { key, kind } = parseName(name);
    const known = this.#lists.get(key);
    if (known !== undefined) {
      if (known.columns !== columns) throw columnsError(key, known.columns, columns);
      return known;
    }
    const source = kind === "virt@" ? undefined : readSource(key, kind, readFile);
    const list = this.#adopt(key, columns, source) ?? this.#load(key, columns, source);
    return this.#register(list);
  }

  /** A list compiled for one use. Messages of bad entries name their line and file. */
  view(list: PatternList, use: ListUse): PatternView {
    const options: IndexOptions = { ignoreCase: use.ignoreCase, resolve: use.resolve };
    try {
      return list.view(use.match, options);
    } catch (error) {
      if (!(error instanceof LangError) || list.name === "") throw error;
      const bad = firstBadEntry(list, use.match, options);
      throw new LangError(`${error.message} at line ${bad} of file '${list.name}'`, error.word);
    }
  }

  /** The map of that name for one match method; `match` may be any with patterns. */
  map(name: string, match: MatchName, readFile: ReadFile): PatternMap {
    const list = this.list(name, 2, readFile);
    return new PatternMap(list, this.view(list, { match, ignoreCase: false }));
  }

  /**
   * A list of its own for patterns that stand inline; `id` as forced by `-u`.
   *
   * @param use what of its line tells it from others; such as look alike are told apart by their order
   */
  inline(description: string, id?: number, use = ""): PatternList {
    if (id !== undefined && this.#byId.has(id)) throw new LangError("the id is already used");
    const alike = this.#uses.get(use) ?? 0;
    this.#uses.set(use, alike + 1);
    const origin = alike === 0 ? use : `${use} (${alike + 1})`;
    const number = id ?? this.#freeId();
    return this.#register(new PatternList(number, "", 1, description, undefined, origin));
  }

  /** What a runtime command names: `#id` or the list's name, with or without its prefix. */
  find(reference: string): PatternList | undefined {
    if (/^#[0-9]+$/.test(reference)) return this.#byId.get(Number(reference.substring(1)));
    return this.#lists.get(parseName(reference).key);
  }

  /** The list of that {@link PatternList.origin}. */
  ofOrigin(origin: string): PatternList | undefined {
    return this.#byOrigin.get(origin);
  }

  /** All lists, by id. */
  all(): PatternList[] {
    return [...this.#byId.values()].sort((a, b) => a.id - b.id);
  }

  /**
   * A store for a configuration that is being compiled. It takes a list over from this one, with
   * what was changed at run time, when the text of its file is still the same, and virtual lists
   * always; a list whose file changed is read anew. This store does not change.
   */
  stage(): PatternStore {
    return new PatternStore(this);
  }

  #adopt(key: string, columns: 1 | 2, source: string | undefined): PatternList | undefined {
    const live = this.#live === undefined ? undefined : this.#live.#lists.get(key);
    if (live === undefined || live.columns !== columns || live.source !== source) return undefined;
    return live;
  }

  #load(key: string, columns: 1 | 2, source: string | undefined): PatternList {
    const list = new PatternList(this.#freeId(), key, columns, `file '${key}'`, source);
    for (const { text, value, line } of parsePatternFile(source ?? "", columns)) {
      list.load(text, value, line);
    }
    return list;
  }

  #register(list: PatternList): PatternList {
    if (list.name !== "") this.#lists.set(list.name, list);
    this.#byOrigin.set(list.origin, list);
    // An adopted list keeps its number unless this configuration has given it away already.
    if (!this.#byId.has(list.id)) this.#byId.set(list.id, list);
    else this.#byId.set(this.#freeId(), list);
    return list;
  }

  #freeId(): number {
    while (this.#byId.has(this.#nextId)) this.#nextId++;
    return this.#nextId;
  }
}

function parseName(name: string): { key: string; kind: (typeof prefixes)[number] } {
  const kind = prefixes.find((prefix) => name.startsWith(prefix)) ?? "file@";
  // The prefix of a virtual list is part of its name; the others name the same file.
  const key = kind === "virt@" || !name.startsWith(kind) ? name : name.substring(kind.length);
  return { key, kind };
}

function readSource(path: string, kind: "file@" | "opt@", readFile: ReadFile): string {
  try {
    return readFile(path);
  } catch {
    if (kind === "opt@") return "";
    throw new LangError(`failed to open pattern file <${path}>`, path);
  }
}

function columnsError(name: string, known: 1 | 2, wanted: 1 | 2): LangError {
  const words = { 1: "one", 2: "two" } as const;
  return new LangError(
    `The file "${name}" is already used as ${words[known]} column file ` +
      `and cannot be used by as ${words[wanted]} column file.`,
    name,
  );
}

/** The line of the first entry that is no pattern of the method. */
function firstBadEntry(list: PatternList, match: MatchName, options: IndexOptions): number {
  const index = matchMethod(match).index!(options);
  for (const entry of list.entries()) {
    try {
      index.add(entry);
    } catch {
      return entry.line;
    }
  }
  return 0;
}
