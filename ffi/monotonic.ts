import type { Libc } from "./libc.ts";

const monotonicClock = 1;

/**
 * Microseconds since the system started, without those it slept: every process reads the same, whatever
 * the time of day is set to. The runtime's own clock begins with its process.
 */
export function monotonicMicros(libc: Libc): number {
  const time = new BigInt64Array(2);
  libc.clock_gettime(monotonicClock, new Uint8Array(time.buffer));
  return Number(time[0]! * 1_000_000n + time[1]! / 1000n);
}
