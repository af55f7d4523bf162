import type { Int } from "../value.ts";
import { utcTime } from "./calendar.ts";
import { strftime } from "./strftime.ts";

/** `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7), with a fraction behind the seconds if given. */
export function formatHttpDate(seconds: Int, fraction = ""): string {
  return strftime(`%a, %d %b %Y %H:%M:%S${fraction} GMT`, utcTime(seconds));
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const clock = "([0-9]{2}):([0-9]{2}):([0-9]{2})";
const imfFixdate = new RegExp(
  `^(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat), ([0-9]{2}) ([A-Z][a-z]{2}) ([0-9]{4}) ${clock} GMT$`,
);
const rfc850 = new RegExp(
  `^(?:Sun|Mon|Tues|Wednes|Thurs|Fri|Satur)day, ([0-9]{2})-([A-Z][a-z]{2})-([0-9]{2}) ${clock} GMT$`,
);
const asctime = new RegExp(
  `^(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat) ([A-Z][a-z]{2}) ([ 0-9][0-9]) ${clock} ([0-9]{4})$`,
);

/** Reads the three forms of RFC 9110 §5.6.7; undefined for anything else. Seconds since the epoch. */
export function parseHttpDate(text: string): number | undefined {
  const fixed = imfFixdate.exec(text);
  if (fixed !== null) {
    const [, day, month, year, ...time] = fixed;
    return secondsOf(Number(year), month!, Number(day), time);
  }
  const old = rfc850.exec(text);
  if (old !== null) {
    const [, day, month, year, ...time] = old;
    // Two digits of a year: 69 and later are of the last century, as in POSIX.
    const full = Number(year) + (Number(year) < 69 ? 2000 : 1900);
    return secondsOf(full, month!, Number(day), time);
  }
  const c = asctime.exec(text);
  if (c === null) return undefined;
  const [, month, day, hour, minute, second, year] = c;
  return secondsOf(Number(year), month!, Number(day), [hour!, minute!, second!]);
}

function secondsOf(
  year: number,
  monthName: string,
  day: number,
  [hour, minute, second]: readonly string[],
): number | undefined {
  const month = months.indexOf(monthName);
  const [h, m, s] = [Number(hour), Number(minute), Number(second)];
  if (month < 0 || day < 1 || day > 31 || h > 23 || m > 59 || s > 60) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  date.setUTCHours(h, m, s);
  return Math.floor(date.getTime() / 1000);
}
