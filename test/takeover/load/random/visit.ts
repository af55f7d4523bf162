import type { Door } from "../load.ts";
import { ByteStream } from "./byte_stream.ts";
import { Dice } from "./dice.ts";

/** Ways into the gateway. */
export interface RandomDoors {
  /** HTTP, on a port and on a unix socket. */
  readonly web: readonly Door[];
  /** HTTP with timeouts that are reached. */
  readonly impatient: Door;
  /** TCP; the second one looks at what comes first. */
  readonly tunnels: readonly Door[];
  /** TCP with timeouts that are reached. */
  readonly silent: Door;
}

/** What clients have asked and got, in sums. */
export class Sums {
  connections = 0;
  requests = 0;
  answers = 0;
  /** Requests whose client or server broke off, or whose patience ended, as they were to. */
  brokenOff = 0;
  /** Requests that an answer of `Connection: close` before them kept from being answered. */
  notServed = 0;
  sentBytes = 0;
  receivedBytes = 0;
}

/** Something was not as it should be. */
export class Fault extends Error {}

/** One client's way through a script. */
export class Visit {
  readonly dice: Dice;
  /** Whose bytes it sends next. */
  #stream: number;
  readonly #open: ByteStream[] = [];
  /** Where it is, for whoever looks why it goes no further. */
  step = "begins";

  constructor(
    seed: number,
    readonly number: number,
    readonly doors: RandomDoors,
    readonly sums: Sums,
  ) {
    this.dice = new Dice(Math.imul(seed, 1_000_003) + number);
    this.#stream = number * 64;
  }

  async connect(door: Door): Promise<ByteStream> {
    this.step = "connects";
    const stream = await ByteStream.connect(door);
    this.sums.connections++;
    this.#open.push(stream);
    return stream;
  }

  nextStream(): number {
    return this.#stream++;
  }

  pause(msMax: number): Promise<void> {
    return Bun.sleep(this.dice.from(0, msMax));
  }

  /** Leaves nothing open. */
  leave(): void {
    for (const stream of this.#open) stream.end();
  }
}

export type Script = (visit: Visit) => Promise<void>;
