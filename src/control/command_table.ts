import type { CommandSpec } from "./command_spec.ts";

/** The commands by their words; refuses a name that is in it twice. */
export class CommandTable {
  readonly #byName = new Map<string, CommandSpec>();
  readonly #wordsMax: number;

  constructor(readonly commands: readonly CommandSpec[]) {
    for (const command of commands) {
      if (this.#byName.has(command.name)) {
        throw new Error(`command '${command.name}' is in two tables`);
      }
      this.#byName.set(command.name, command);
    }
    this.#wordsMax = Math.max(...commands.map(({ name }) => name.split(" ").length));
  }

  /** The command that these words begin with, the longest one, and what stands behind it. */
  find(
    words: readonly string[],
  ): { readonly command: CommandSpec; readonly args: readonly string[] } | undefined {
    for (let count = Math.min(this.#wordsMax, words.length); count > 0; count--) {
      const command = this.#byName.get(words.slice(0, count).join(" "));
      if (command) return { command, args: words.slice(count) };
    }
    return undefined;
  }
}
