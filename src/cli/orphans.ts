import process from "node:process";
import type { Libc } from "../../ffi/mod.ts";

const anyChild = 0;
const thisChild = 1;
const withoutWaiting = 1;
const ended = 4;
const leftWaitable = 0x01000000;
/** `siginfo_t`, and where the process's number is in it. */
const infoBytes = 128;
const pidAt = 16;

/**
 * Children that process 1 did not start: those of processes that have ended. Nobody else asks for
 * their status, and without that they would stay for ever.
 */
export class Orphans {
  /** Children of the runtime, which asks for their status itself. */
  readonly #spared = new Set<number>();
  readonly #info = new Uint8Array(new ArrayBuffer(infoBytes));

  constructor(private readonly libc: Libc) {}

  watch(): void {
    process.on("SIGCHLD", () => this.#reap());
    this.#reap();
  }

  spare(pid: number): void {
    this.#spared.add(pid);
  }

  /** The runtime knows the status of this one: others may be behind it. */
  ended(pid: number): void {
    this.#spared.delete(pid);
    this.#reap();
  }

  #reap(): void {
    for (;;) {
      const pid = this.#wait(anyChild, 0, leftWaitable);
      if (pid === 0 || this.#spared.has(pid)) return;
      this.#wait(thisChild, pid, 0);
    }
  }

  /** A child that has ended; 0 for none. */
  #wait(kind: number, pid: number, options: number): number {
    this.#info.fill(0);
    if (this.libc.waitid(kind, pid, this.#info, ended | withoutWaiting | options) < 0) return 0;
    return new DataView(this.#info.buffer).getInt32(pidAt, true);
  }
}
