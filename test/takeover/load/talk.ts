import { Held, type Load } from "./load.ts";

/** A connection through which something is said again and again, and comes back. */
export interface Talker {
  readonly opened: boolean;
  /** It ended by itself. */
  readonly closed: boolean;
  readonly sent: number;
  readonly received: number;
  /** What has not come back yet; nothing when it is closed. */
  readonly underWay: number;
  /** Pieces that were not what they should be. */
  readonly wrong: number;
  say(): void;
  /** Reads again, if it did not. */
  listen(): void;
  /** Resolves when the other side has ended, too. */
  end(): Promise<void>;
}

/** Sums of all; `sent` and `received` are bytes of tunnels, and messages of WebSockets. */
export interface TalkTally {
  readonly opened: number;
  readonly sent: number;
  readonly received: number;
  readonly wrong: number;
  readonly closed: number;
  /** The least that any has got back. */
  readonly leastReceived: number;
}

/** Each says something once in so many beats. */
const beatMs = 10;
const beatsOfRound = 25;

export class Talk implements Load<TalkTally> {
  readonly #all: readonly Talker[];
  readonly #beat: NodeJS.Timeout;
  readonly #held = new Held(() => this.#all.every(({ underWay }) => underWay === 0));
  #at = 0;

  /** @param talkers makes them; they say when something has come back */
  constructor(talkers: (answered: () => void) => readonly Talker[]) {
    this.#all = talkers(() => this.#held.look());
    this.#beat = setInterval(() => this.#talk(), beatMs);
  }

  tally(): TalkTally {
    const sum = (of: (talker: Talker) => number) =>
      this.#all.reduce((total, talker) => total + of(talker), 0);
    return {
      opened: sum(({ opened }) => Number(opened)),
      sent: sum(({ sent }) => sent),
      received: sum(({ received }) => received),
      wrong: sum(({ wrong }) => wrong),
      closed: sum(({ closed }) => Number(closed)),
      leastReceived: Math.min(...this.#all.map(({ received }) => received)),
    };
  }

  hold(): Promise<void> {
    for (const talker of this.#all) talker.listen();
    return this.#held.hold();
  }

  go(): void {
    this.#held.go();
  }

  async end(): Promise<void> {
    await this.hold();
    clearInterval(this.#beat);
    await Promise.all(this.#all.map((talker) => talker.end()));
  }

  #talk(): void {
    if (this.#held.on) return;
    for (let i = this.#at++ % beatsOfRound; i < this.#all.length; i += beatsOfRound) {
      this.#all[i]!.say();
    }
  }
}
