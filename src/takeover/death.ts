import { Buffer } from "node:buffer";
import { closeSync, openSync, readSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

/** A process lets go of its sockets a moment before it is dead. */
const looksMax = 200;
const lookEveryMs = 5;
const statBytesMax = 4096;

/**
 * A process whose death may have to be told from the end of a channel. What is looked at is opened
 * beforehand: a process that has given up its file system (`chroot`) finds nobody any more, and
 * would take everybody for dead.
 *
 * Source: proc_pid_stat(5).
 */
export class WatchedProcess {
  #stat: number | undefined;

  /** @param pid 0 for one of another namespace: it can't be looked for */
  constructor(pid: number) {
    try {
      this.#stat = pid === 0 ? undefined : openSync(`/proc/${pid}/stat`, "r");
    } catch {
      // It is gone already.
    }
  }

  /**
   * Whether it is dead, its end of a channel being closed. One that can't be looked for counts as dead:
   * it has not said that it stops.
   */
  async hasDied(): Promise<boolean> {
    for (let looks = 0; looks < looksMax; looks++) {
      if (!this.#runs()) return true;
      await setTimeout(lookEveryMs);
    }
    return false;
  }

  close(): void {
    if (this.#stat !== undefined) closeSync(this.#stat);
    this.#stat = undefined;
  }

  #runs(): boolean {
    if (this.#stat === undefined) return false;
    try {
      const bytes = Buffer.alloc(statBytesMax);
      const stat = bytes.toString("latin1", 0, readSync(this.#stat, bytes, 0, statBytesMax, 0));
      // Its name may contain anything, brackets as well.
      return !/^\) [ZX]/.test(stat.slice(stat.lastIndexOf(")")));
    } catch {
      return false;
    }
  }
}
