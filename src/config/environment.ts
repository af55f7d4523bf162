/** The variables that a configuration reads, with what its `global` section made of them. */
export class ConfigurationEnvironment {
  readonly #values: Map<string, string>;

  constructor(values: Readonly<Record<string, string | undefined>>) {
    this.#values = new Map();
    for (const [name, value] of Object.entries(values)) {
      if (value !== undefined) this.#values.set(name, value);
    }
  }

  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  /** Applies a line of `global` if it is about variables; following lines see the change. */
  apply(words: readonly string[]): void {
    const [keyword, ...names] = words;
    switch (keyword) {
      case "setenv":
        if (names.length === 2) this.#values.set(names[0]!, names[1]!);
        return;
      case "presetenv":
        if (names.length === 2 && !this.#values.has(names[0]!)) {
          this.#values.set(names[0]!, names[1]!);
        }
        return;
      case "unsetenv":
        for (const name of names) this.#values.delete(name);
        return;
      case "resetenv":
        for (const name of [...this.#values.keys()]) {
          if (!names.includes(name)) this.#values.delete(name);
        }
    }
  }
}
