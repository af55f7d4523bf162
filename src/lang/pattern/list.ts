import type { Value } from "../value.ts";
import type { PatternEntry, RegexCapture } from "./entry.ts";
import type { IndexOptions, PatternIndex } from "./index.ts";
import { parsePatternFile } from "./file.ts";
import { matchMethod, type MatchName } from "./match_method.ts";

/** A list of patterns compiled for one match method; follows the changes of the list. */
export class PatternView {
  #index: PatternIndex<PatternEntry>;
  #stale = false;

  /** Throws LangError when an entry is no pattern of the method. */
  constructor(
    readonly list: PatternList,
    readonly match: MatchName,
    readonly options: IndexOptions,
  ) {
    this.#index = this.#build();
  }

  /** The entry that decides for a value of the type the method takes. */
  find(value: Value): PatternEntry | undefined {
    if (this.#stale) this.#rebuild();
    return this.#index.find(value);
  }

  /** As `find`, with the groups that a regular expression captured. */
  capture(value: Value): { entry: PatternEntry; capture: RegexCapture } | undefined {
    if (this.#stale) this.#rebuild();
    return this.#index.capture?.(value);
  }

  /** Throws LangError, and changes nothing, when the entry is no pattern of the method. */
  added(entry: PatternEntry): void {
    this.#index.add(entry);
  }

  removed(entry: PatternEntry): void {
    if (this.#stale || this.#index.remove(entry) === "rebuild") this.#stale = true;
  }

  cleared(): void {
    this.#stale = true;
  }

  #rebuild(): void {
    this.#index = this.#build();
    this.#stale = false;
  }

  #build(): PatternIndex<PatternEntry> {
    const make = matchMethod(this.match).index;
    if (make === undefined) throw new TypeError(`-m ${this.match} has no patterns`);
    const index = make<PatternEntry>(this.options);
    for (const entry of this.list.entries()) index.add(entry);
    return index;
  }
}

/** What has happened to the entries of a key. */
export type EntryChange = "added" | "removed" | "set";

/** Told of a change of a list, after it. */
export type ListWatcher = (change: EntryChange, key: string) => void;

/**
 * Patterns, or the keys and values of a map, in order and with duplicates: what `show acl` shows
 * and runtime commands change. Each match method that uses it has its own compiled view.
 */
export class PatternList {
  readonly #entries = new Set<PatternEntry>();
  readonly #byText = new Map<string, PatternEntry[]>();
  readonly #views: PatternView[] = [];
  readonly #watchers = new Set<ListWatcher>();
  /** Patterns of the configuration that stand in no file. */
  readonly #inline: string[] = [];
  #nextId = 0;
  #version = 0;
  #loaded = 0;

  constructor(
    /** Number by which runtime commands name it (`#id`). */
    readonly id: number,
    /** Name of its file or virtual file; "" for the patterns that stand in an ACL. */
    readonly name: string,
    /** Two for keys and values. */
    readonly columns: 1 | 2,
    /** Where it is used, for `show acl`. */
    readonly description: string,
    /** The file's text as it was read; undefined without a file. */
    readonly source: string | undefined,
    /** What it is called in every process that has it, also under a configuration that has changed. */
    readonly origin: string = name,
  ) {}

  get size(): number {
    return this.#entries.size;
  }

  /** Grows with every change. */
  get version(): number {
    return this.#version;
  }

  entries(): Iterable<PatternEntry> {
    return this.#entries;
  }

  /** The first entry of that very text. */
  get(text: string): PatternEntry | undefined {
    return this.#byText.get(text)?.[0];
  }

  /** All entries of that very text, in order. */
  entriesOf(text: string): readonly PatternEntry[] {
    return this.#byText.get(text) ?? [];
  }

  /** It is not, or was not always, what the configuration says. */
  get hasChanged(): boolean {
    return this.#version > this.#loaded;
  }

  /** Values by key as the configuration has them, "" where there are none. Reads the file's text anew. */
  configured(): Map<string, string[]> {
    const all = new Map<string, string[]>();
    const note = (text: string, value: string) => {
      const same = all.get(text);
      if (same === undefined) all.set(text, [value]);
      else same.push(value);
    };
    for (const text of this.#inline) note(text, "");
    for (const { text, value } of parsePatternFile(this.source ?? "", this.columns)) {
      note(text, value ?? "");
    }
    return all;
  }

  /** The entry stands where the configuration has put it. */
  isConfigured(entry: PatternEntry): boolean {
    return entry.id < this.#loaded;
  }

  /** Appends an entry of the configuration; throws as {@link add} does. */
  load(text: string, value?: string, line = 0): void {
    this.add(text, value, line);
    this.#loaded++;
    if (this.source === undefined) this.#inline.push(text);
  }

  /** Appends an entry. Throws LangError, and changes nothing, when some user cannot take it. */
  add(text: string, value?: string, line = 0): void {
    const entry: PatternEntry = { id: this.#nextId++, text, value, line };
    const done: PatternView[] = [];
    try {
      for (const view of this.#views) {
        view.added(entry);
        done.push(view);
      }
    } catch (error) {
      for (const view of done) view.removed(entry);
      throw error;
    }
    this.#entries.add(entry);
    const same = this.#byText.get(text);
    if (same === undefined) this.#byText.set(text, [entry]);
    else same.push(entry);
    this.#changed("added", text);
  }

  /** Removes the first entry of that text; false when there is none. */
  delete(text: string): boolean {
    const entry = this.get(text);
    if (entry === undefined) return false;
    this.remove(entry);
    return true;
  }

  /** Removes one of its entries. */
  remove(entry: PatternEntry): void {
    const same = this.#byText.get(entry.text)!;
    same.splice(same.indexOf(entry), 1);
    if (same.length === 0) this.#byText.delete(entry.text);
    this.#entries.delete(entry);
    for (const view of this.#views) view.removed(entry);
    this.#changed("removed", entry.text);
  }

  /** Gives one of its entries another value. */
  setValue(entry: PatternEntry, value: string): void {
    entry.value = value;
    this.#changed("set", entry.text);
  }

  /** Gives every entry of that key another value; false when there is none. */
  set(text: string, value: string): boolean {
    const same = this.#byText.get(text);
    if (same === undefined) return false;
    for (const entry of same) entry.value = value;
    this.#changed("set", text);
    return true;
  }

  clear(): void {
    const keys = [...this.#byText.keys()];
    this.#entries.clear();
    this.#byText.clear();
    for (const view of this.#views) view.cleared();
    for (const key of keys) this.#changed("removed", key);
  }

  /** The list compiled for a method; one view for all who ask alike. Throws LangError. */
  view(match: MatchName, options: IndexOptions): PatternView {
    const known = this.#views.find((v) =>
      v.match === match && v.options.ignoreCase === options.ignoreCase
    );
    if (known !== undefined) return known;
    const view = new PatternView(this, match, options);
    this.#views.push(view);
    return view;
  }

  /** Calls `changed`, once however often it is given, after every change, until the list is gone. */
  watch(changed: ListWatcher): void {
    this.#watchers.add(changed);
  }

  unwatch(changed: ListWatcher): void {
    this.#watchers.delete(changed);
  }

  #changed(change: EntryChange, key: string): void {
    this.#version++;
    for (const changed of this.#watchers) changed(change, key);
  }
}
