import type { CalendarTime } from "./strftime.ts";

/** Seconds that JavaScript's Date can hold, on both sides of the epoch. */
const secondsMax = 8_640_000_000_000;

const dayMs = 86_400_000;

/** A number of seconds since the epoch in UTC; undefined when it is out of reach. */
export function utcTime(seconds: number): CalendarTime | undefined {
  if (!(Math.abs(seconds) <= secondsMax)) return undefined;
  const date = new Date(seconds * 1000);
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth();
  const day = date.getUTCDate();
  const hour = date.getUTCHours();
  const minute = date.getUTCMinutes();
  const second = date.getUTCSeconds();
  const local = new Date(0);
  local.setFullYear(year, month, day);
  local.setHours(hour, minute, second);
  return {
    year,
    month,
    day,
    hour,
    minute,
    second,
    weekday: date.getUTCDay(),
    yearDay: dayOfYear(year, month, day),
    offsetMinutes: 0,
    zone: "GMT",
    epochSeconds: Math.floor(local.getTime() / 1000),
  };
}

/** The same in the zone of the process. */
export function localTime(seconds: number): CalendarTime | undefined {
  if (!(Math.abs(seconds) <= secondsMax)) return undefined;
  const date = new Date(seconds * 1000);
  const year = date.getFullYear();
  const month = date.getMonth();
  const day = date.getDate();
  return {
    year,
    month,
    day,
    hour: date.getHours(),
    minute: date.getMinutes(),
    second: date.getSeconds(),
    weekday: date.getDay(),
    yearDay: dayOfYear(year, month, day),
    offsetMinutes: -date.getTimezoneOffset(),
    get zone() {
      return zoneName(date);
    },
    epochSeconds: seconds,
  };
}

function dayOfYear(year: number, month: number, day: number): number {
  const start = new Date(0);
  start.setUTCFullYear(year, 0, 1);
  const now = new Date(0);
  now.setUTCFullYear(year, month, day);
  return Math.round((now.getTime() - start.getTime()) / dayMs);
}

/** The usual letters of the zone; each English has the letters of other zones, and an offset else. */
function zoneName(date: Date): string {
  const names = ["en-US", "en-GB", "en-AU"].map((locale) =>
    new Intl.DateTimeFormat(locale, { timeZoneName: "short" }).formatToParts(date)
      .find((part) => part.type === "timeZoneName")?.value ?? ""
  );
  return names.find((name) => /^[A-Z]{2,5}$/.test(name)) ?? names[0]!;
}
