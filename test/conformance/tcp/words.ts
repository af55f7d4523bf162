/** Words that the clients and origins of a case tell each other, so that one waits for the other. */
export class Words {
  #told = new Set<string>();
  #waiting = new Map<string, (() => void)[]>();

  tell(word: string): void {
    this.#told.add(word);
    for (const resolve of this.#waiting.get(word) ?? []) resolve();
    this.#waiting.delete(word);
  }

  /** Resolves when the word was told, or after `patienceMs`. */
  hear(word: string, patienceMs: number): Promise<void> {
    if (this.#told.has(word)) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, patienceMs);
      const done = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.#waiting.set(word, [...this.#waiting.get(word) ?? [], done]);
    });
  }
}
