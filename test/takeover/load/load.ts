/** Traffic of one kind, which goes on until it is held or ended. */
export interface Load<Tally> {
  tally(): Tally;
  /** Resolves when all that was asked has been answered and nothing new is asked. */
  hold(): Promise<void>;
  /** Goes on after {@link hold}. */
  go(): void;
  /** Holds it, and closes its connections. */
  end(): Promise<void>;
}

/** Where clients go. */
export type Door = { readonly hostname: string; readonly port: number } | { readonly unix: string };

/** How often something happened, by who or what. */
export type Counts = Record<string, number>;

/** How long what was asked is waited for; what is missing then shows in the tally. */
const patienceMs = 60_000;

/** A hold that is waited for. */
export class Held {
  #on = false;
  #resolve: () => void = () => {};
  #still: Promise<void> = Promise.resolve();

  /** @param isStill looks whether nothing is under way any more */
  constructor(private readonly isStill: () => boolean) {}

  get on(): boolean {
    return this.#on;
  }

  hold(): Promise<void> {
    if (this.#on) return this.#still;
    this.#on = true;
    this.#still = new Promise((resolve) => {
      const timer = setTimeout(resolve, patienceMs);
      this.#resolve = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.look();
    return this.#still;
  }

  go(): void {
    this.#on = false;
  }

  look(): void {
    if (this.#on && this.isStill()) this.#resolve();
  }
}
