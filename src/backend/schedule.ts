/** Calls `fn` once in `ms` milliseconds; the answer takes it back. */
export type Schedule = (ms: number, fn: () => void) => () => void;

/** On the runtime's own timers. */
export const scheduleOnTimers: Schedule = (ms, fn) => {
  const timer = setTimeout(fn, ms);
  return () => clearTimeout(timer);
};
