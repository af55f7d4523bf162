import { type Libc, SystemCallError } from "../../../ffi/mod.ts";
import { report } from "../event_fault.ts";

/** What a descriptor is ready for: `EPOLLIN`, `EPOLLPRI`, `EPOLLOUT`, `EPOLLERR`, `EPOLLHUP`, `EPOLLRDHUP`. */
export const readiness = {
  readable: 1,
  urgent: 2,
  writable: 4,
  failed: 8,
  hungUp: 16,
  peerEnded: 0x2000,
} as const;

/** Who owns a descriptor and is told of it. */
export interface Watched {
  readonly fd: number;
  /** Told of each change, or again and again as long as it holds. */
  readonly watch: "changes" | "state";
  /** Tells an event of this one from one of another that had the same descriptor before it. */
  generation: number;
  ready(events: number): void;
}

/** `EPOLL_CTL_ADD`, `EPOLL_CTL_DEL`. */
export const [adding, deleting] = [1, 2] as const;
const closeOnExec = 0o2000000;
const edgeTriggered = 0x80000000;
const generations = 2 ** 32;

/** Told at once at most: the rest is told in the next turn. */
const eventsMax = 512;

/** x86-64 packs `struct epoll_event` into 12 bytes; elsewhere its number is aligned. */
export const [eventWords, dataWord] = process.arch === "x64" ? [3, 1] as const : [4, 2] as const;

/** The kernel's list of sockets that have something to tell (`epoll(7)`). */
export class Epoll {
  readonly fd: number;
  readonly #event = new Uint32Array(new ArrayBuffer(eventWords * 4));
  readonly #eventBytes = new Uint8Array(this.#event.buffer);
  readonly #events = new Uint32Array(new ArrayBuffer(eventsMax * eventWords * 4));
  readonly #eventsBytes = new Uint8Array(this.#events.buffer);
  readonly #watched: (Watched | undefined)[] = [];
  #generation = 0;
  count = 0;

  constructor(private readonly libc: Libc) {
    this.fd = libc.epoll_create1(closeOnExec);
    if (this.fd < 0) throw new SystemCallError("epoll_create1", libc.errno());
  }

  close(): void {
    this.libc.close(this.fd);
  }

  /** Begins to tell; throws where the system has no room for it. */
  watch(watched: Watched): void {
    const { readable, urgent, writable, peerEnded } = readiness;
    const changes = (readable | urgent | writable | peerEnded | edgeTriggered) >>> 0;
    watched.generation = this.#generation = (this.#generation + 1) % generations;
    this.#event[0] = watched.watch === "changes" ? changes : readable;
    this.#event[dataWord] = watched.fd;
    this.#event[dataWord + 1] = watched.generation;
    if (this.libc.epoll_ctl(this.fd, adding, watched.fd, this.#eventBytes) < 0) {
      throw new SystemCallError("epoll_ctl", this.libc.errno());
    }
    this.#watched[watched.fd] = watched;
    this.count++;
  }

  /** Tells nothing more of a descriptor that is about to be closed, and that no other process has. */
  forget({ fd }: Watched): void {
    if (this.#watched[fd] === undefined) return;
    this.#watched[fd] = undefined;
    this.count--;
  }

  /** Tells nothing more of a descriptor, which may live on: closing one's own does not end that. */
  leave(watched: Watched): void {
    if (this.#watched[watched.fd] !== watched) return;
    this.libc.epoll_ctl(this.fd, deleting, watched.fd, this.#eventBytes);
    this.forget(watched);
  }

  /** Tells the owners what there is now; waits for nothing. */
  tell(): void {
    const count = this.libc.epoll_wait(this.fd, this.#eventsBytes, eventsMax, 0);
    const events = this.#events;
    for (let i = 0, at = 0; i < count; i++, at += eventWords) {
      const watched = this.#watched[events[at + dataWord]!];
      if (watched?.generation === events[at + dataWord + 1]) tellOne(watched!, events[at]!);
    }
  }
}

/** An exception would end the process, and keep the others of the turn from being told. */
function tellOne(watched: Watched, events: number): void {
  try {
    watched.ready(events);
  } catch (error) {
    report(error);
  }
}
