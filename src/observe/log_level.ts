/** Syslog's levels, by number: 0 is the most severe. */
export const logLevels = [
  "emerg",
  "alert",
  "crit",
  "err",
  "warning",
  "notice",
  "info",
  "debug",
] as const;
export type LogLevelName = (typeof logLevels)[number];

/** Levels that the gateway itself logs at. */
export const level = { emerg: 0, alert: 1, err: 3, warning: 4, notice: 5, info: 6 } as const;

/** The number of a level's name; undefined for another word. */
export function levelOf(name: string): number | undefined {
  const found = logLevels.indexOf(name as LogLevelName);
  return found < 0 ? undefined : found;
}
