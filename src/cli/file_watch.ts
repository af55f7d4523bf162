import { type FSWatcher, watch } from "node:fs";
import { basename, dirname, resolve } from "node:path";

/** Editors write a file in several steps; they are one change. */
const settleMs = 50;

/**
 * Calls `changed` when one of the files was written or replaced. The folders are watched, because
 * many programs write a new file and rename it over the old one.
 */
export class FileWatch {
  #watchers = new Map<string, FSWatcher>();
  #names = new Map<string, Set<string>>();
  #settling: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly changed: () => void) {}

  /** Watches these files from now on, and no others. */
  set(files: readonly string[]): void {
    this.#names = new Map();
    for (const file of files) {
      const folder = dirname(resolve(file));
      let names = this.#names.get(folder);
      if (!names) this.#names.set(folder, names = new Set());
      names.add(basename(file));
    }
    for (const [folder, watcher] of this.#watchers) {
      if (this.#names.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of this.#names.keys()) this.#watch(folder);
  }

  close(): void {
    clearTimeout(this.#settling);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #watch(folder: string): void {
    if (this.#watchers.has(folder)) return;
    const watcher = watch(folder, (_event, name) => {
      if (name !== null && !this.#names.get(folder)?.has(name)) return;
      clearTimeout(this.#settling);
      this.#settling = setTimeout(this.changed, settleMs);
    });
    // A folder that goes away is no reason to stop serving; its files just don't change any more.
    watcher.on("error", () => watcher.close());
    this.#watchers.set(folder, watcher);
  }
}
