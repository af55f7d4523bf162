import { toInt } from "../int.ts";
import type { Int } from "../value.ts";
import type { CalendarTime } from "./strftime.ts";

/** The calendar repeats after 400 years, weekdays included. */
const cycleYears = 400;
const cycleSeconds = 12_622_780_800;

/** Seconds that a Date is asked for: those of the years 0 to 9999 at least. */
const dateSecondsMax = 253_402_300_799;

const dayMs = 86_400_000;

/** The same moment of a year that Date can hold, and how many cycles away it is. */
function within(seconds: Int): { readonly seconds: number; readonly cycles: number } {
  if (typeof seconds === "number" && Math.abs(seconds) <= dateSecondsMax) {
    return { seconds, cycles: 0 };
  }
  const exact = BigInt(seconds);
  const cycle = BigInt(cycleSeconds);
  const rest = exact % cycle;
  const positive = rest < 0n ? rest + cycle : rest;
  return { seconds: Number(positive), cycles: Number((exact - positive) / cycle) };
}

/** A number of seconds since the epoch in UTC. */
export function utcTime(at: Int): CalendarTime {
  const { seconds, cycles } = within(at);
  const date = new Date(seconds * 1000);
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth();
  const day = date.getUTCDate();
  const hour = date.getUTCHours();
  const minute = date.getUTCMinutes();
  const second = date.getUTCSeconds();
  return {
    year: year + cycles * cycleYears,
    month,
    day,
    hour,
    minute,
    second,
    weekday: date.getUTCDay(),
    yearDay: dayOfYear(year, month, day),
    offsetMinutes: 0,
    zone: "GMT",
    get epochSeconds() {
      const local = new Date(0);
      local.setFullYear(year, month, day);
      local.setHours(hour, minute, second);
      return addCycles(Math.floor(local.getTime() / 1000), cycles);
    },
  };
}

/** The same in the zone of the process. */
export function localTime(at: Int): CalendarTime {
  const { seconds, cycles } = within(at);
  const date = new Date(seconds * 1000);
  const year = date.getFullYear();
  const month = date.getMonth();
  const day = date.getDate();
  return {
    year: year + cycles * cycleYears,
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
    epochSeconds: at,
  };
}

function addCycles(seconds: number, cycles: number): Int {
  return cycles === 0 ? seconds : toInt(BigInt(seconds) + BigInt(cycles) * BigInt(cycleSeconds));
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
