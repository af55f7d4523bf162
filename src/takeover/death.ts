import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

/** A process lets go of its sockets a moment before it is dead. */
const looksMax = 200;
const lookEveryMs = 5;

/**
 * Whether a process whose end of a channel is closed is dead. One of another namespace (0) can't be
 * looked for, and counts as dead: it has not said that it stops.
 *
 * Source: proc_pid_stat(5).
 */
export async function hasDied(pid: number): Promise<boolean> {
  for (let looks = 0; looks < looksMax; looks++) {
    if (pid === 0 || !runs(pid)) return true;
    await setTimeout(lookEveryMs);
  }
  return false;
}

function runs(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // Its name may contain anything, brackets as well.
    return !/^\) [ZX]/.test(stat.slice(stat.lastIndexOf(")")));
  } catch {
    return false;
  }
}
