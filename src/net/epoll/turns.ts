import { type Libc, socketPair } from "../../../ffi/mod.ts";
import { gather } from "../arrivals.ts";
import { report } from "../event_fault.ts";
import { Bell } from "./bell.ts";
import { Epoll, type Watched } from "./epoll.ts";

/** Whoever has stopped in the middle of its work, so that others have their turn. */
export interface Unfinished {
  goOn(): void;
}

/** How long the trial waits for the bell, in milliseconds. */
const trialMs = 2_000;

/**
 * The sockets that this process reads and writes by the C library, in the runtime's event loop: each
 * of its turns hands out what all of them have to tell.
 */
export class Turns {
  readonly #epoll: Epoll;
  #bell: Bell | undefined;
  #unfinished: Unfinished[] = [];
  #scheduled = false;
  readonly #tell = () => {
    const unfinished = this.#unfinished;
    this.#unfinished = [];
    for (const one of unfinished) goOn(one);
    this.#epoll.tell();
  };

  private constructor(libc: Libc) {
    this.#epoll = new Epoll(libc);
  }

  /** Undefined where the event loop can't be woken by other sockets than the runtime's own. */
  static async open(libc: Libc): Promise<Turns | undefined> {
    const turns = new Turns(libc);
    const bell = await Bell.hang(libc, turns.#epoll.fd, () => turns.#turn());
    if (!bell) {
      turns.#epoll.close();
      return undefined;
    }
    turns.#bell = bell;
    const heard = await turns.#isHeard(libc);
    bell.holds = false;
    return heard ? turns : undefined;
  }

  watch(watched: Watched): void {
    this.#epoll.watch(watched);
    if (this.#epoll.count === 1) this.#bell!.holds = true;
  }

  /** See {@link Epoll.forget}. */
  forget(watched: Watched): void {
    this.#epoll.forget(watched);
    if (this.#epoll.count === 0) this.#bell!.holds = false;
  }

  /** See {@link Epoll.leave}. */
  leave(watched: Watched): void {
    this.#epoll.leave(watched);
    if (this.#epoll.count === 0) this.#bell!.holds = false;
  }

  /** Goes on with it in the next turn. */
  later(unfinished: Unfinished): void {
    this.#unfinished.push(unfinished);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#turn();
    });
  }

  #turn(): void {
    gather(this.#tell);
  }

  async #isHeard(libc: Libc): Promise<boolean> {
    const [fd, other] = socketPair(libc);
    let timeout: ReturnType<typeof setTimeout> | undefined;
    const heard = await new Promise<boolean>((resolve) => {
      timeout = setTimeout(() => resolve(false), trialMs);
      this.watch({ fd, watch: "changes", generation: 0, ready: () => resolve(true) });
      libc.send(other, new Uint8Array(new ArrayBuffer(1)), 1, 0);
    });
    clearTimeout(timeout);
    this.forget({ fd } as Watched);
    libc.close(fd);
    libc.close(other);
    return heard;
  }
}

/** An exception would keep the others from going on, and end the process. */
function goOn(one: Unfinished): void {
  try {
    one.goOn();
  } catch (error) {
    report(error);
  }
}

let opening: Promise<Turns | undefined> | undefined;
let opened: Turns | undefined;

/**
 * Opens the process's turns at the first call, where they can be had and `SLUICE_SOCKETS=runtime` does
 * not ask for the runtime's own sockets.
 */
export async function openTurns(libc: Libc): Promise<Turns | undefined> {
  const wanted = process.env.SLUICE_SOCKETS !== "runtime";
  opened = wanted ? await (opening ??= Turns.open(libc).catch(() => undefined)) : undefined;
  return opened;
}

/** The process's turns, where they can be had. */
export function openedTurns(): Turns | undefined {
  return opened;
}
