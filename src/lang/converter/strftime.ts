import type { Int } from "../value.ts";

/** One moment in the terms of a calendar, as C's `struct tm` has it. */
export interface CalendarTime {
  readonly year: number;
  /** 0 to 11. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  /** 0 is the first of January. */
  readonly yearDay: number;
  /** East of UTC. */
  readonly offsetMinutes: number;
  readonly zone: string;
  /** What C's mktime makes of these fields, which it takes for local time. */
  readonly epochSeconds: Int;
}

const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** What a conversion gives: text, or a number with its usual width and padding. */
type Output = string | {
  readonly number: Int;
  readonly width: number;
  readonly pad: "0" | " " | "";
};

function padded(number: Int, width: number, pad: "0" | " " | "" = "0"): Output {
  return { number, width, pad };
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

/** ISO 8601 week and the year it belongs to. */
function isoWeek({ year, yearDay, weekday }: CalendarTime): { year: number; week: number } {
  const fromMonday = (weekday + 6) % 7;
  const week = Math.floor((yearDay - fromMonday + 10) / 7);
  if (week < 1) {
    const last = year - 1;
    const days = yearDay + (isLeap(last) ? 366 : 365);
    return { year: last, week: Math.floor((days - fromMonday + 10) / 7) };
  }
  const weeks = isoWeeksOf(year, yearDay, fromMonday);
  return week > weeks ? { year: year + 1, week: 1 } : { year, week };
}

/** Weeks of a year: 53 when it starts on a Thursday, or on a Wednesday in a leap year. */
function isoWeeksOf(year: number, yearDay: number, fromMonday: number): number {
  const first = (((fromMonday - yearDay) % 7) + 7) % 7;
  return first === 3 || (first === 2 && isLeap(year)) ? 53 : 52;
}

function offset({ offsetMinutes }: CalendarTime): string {
  const size = Math.abs(offsetMinutes);
  const digits = String(Math.floor(size / 60) * 100 + (size % 60)).padStart(4, "0");
  return (offsetMinutes < 0 ? "-" : "+") + digits;
}

const hour12 = (t: CalendarTime) => t.hour % 12 === 0 ? 12 : t.hour % 12;

/** The conversions of C's strftime in the C locale, as glibc has them. */
const conversions: Readonly<Record<string, ((t: CalendarTime) => Output) | undefined>> = {
  a: (t) => weekdays[t.weekday]!.substring(0, 3),
  A: (t) => weekdays[t.weekday]!,
  b: (t) => months[t.month]!.substring(0, 3),
  B: (t) => months[t.month]!,
  c: (t) => strftime("%a %b %e %H:%M:%S %Y", t),
  C: (t) => padded(Math.floor(t.year / 100), 2),
  d: (t) => padded(t.day, 2),
  D: (t) => strftime("%m/%d/%y", t),
  e: (t) => padded(t.day, 2, " "),
  F: (t) => strftime("%Y-%m-%d", t),
  g: (t) => padded(isoWeek(t).year % 100, 2),
  G: (t) => padded(isoWeek(t).year, 4, ""),
  h: (t) => months[t.month]!.substring(0, 3),
  H: (t) => padded(t.hour, 2),
  I: (t) => padded(hour12(t), 2),
  j: (t) => padded(t.yearDay + 1, 3),
  k: (t) => padded(t.hour, 2, " "),
  l: (t) => padded(hour12(t), 2, " "),
  m: (t) => padded(t.month + 1, 2),
  M: (t) => padded(t.minute, 2),
  n: () => "\n",
  p: (t) => t.hour < 12 ? "AM" : "PM",
  P: (t) => t.hour < 12 ? "am" : "pm",
  r: (t) => strftime("%I:%M:%S %p", t),
  R: (t) => strftime("%H:%M", t),
  s: (t) => padded(t.epochSeconds, 1, ""),
  S: (t) => padded(t.second, 2),
  t: () => "\t",
  T: (t) => strftime("%H:%M:%S", t),
  u: (t) => padded(t.weekday === 0 ? 7 : t.weekday, 1),
  U: (t) => padded(Math.floor((t.yearDay + 7 - t.weekday) / 7), 2),
  V: (t) => padded(isoWeek(t).week, 2),
  w: (t) => padded(t.weekday, 1),
  W: (t) => padded(Math.floor((t.yearDay + 7 - ((t.weekday + 6) % 7)) / 7), 2),
  x: (t) => strftime("%m/%d/%y", t),
  X: (t) => strftime("%H:%M:%S", t),
  y: (t) => padded(t.year % 100, 2),
  Y: (t) => padded(t.year, 4, ""),
  z: (t) => offset(t),
  Z: (t) => t.zone,
  "%": () => "%",
};

function withFlags(output: Output, flags: string, widthText: string): string {
  const width = widthText === "" ? undefined : Number(widthText);
  let text: string;
  if (typeof output === "string") {
    const pad = flags.includes("0") ? "0" : " ";
    text = width === undefined ? output : output.padStart(width, pad);
  } else {
    let { pad } = output;
    for (const flag of flags) {
      if (flag === "_") pad = " ";
      else if (flag === "-") pad = "";
      else if (flag === "0") pad = "0";
    }
    const least = width ?? output.width;
    text = pad === "" && width === undefined
      ? String(output.number)
      : String(output.number).padStart(least, pad === "" ? "0" : pad);
  }
  return flags.includes("^") ? text.toUpperCase() : text;
}

const conversion = /%([_0^#+-]*)([0-9]*)([EO]?)([a-zA-Z%])/g;

/** Widths above this are not taken: they would only make a long text of blanks. */
const widthMax = 1024;

/** Formats as C's strftime does in the C locale, with glibc's flags; what is unknown stays as it is. */
export function strftime(format: string, time: CalendarTime): string {
  return format.replace(
    conversion,
    (all: string, flags: string, width: string, _modifier: string, letter: string) => {
      const convert = conversions[letter];
      if (convert === undefined || Number(width) > widthMax) return all;
      const text = withFlags(convert(time), flags, width);
      if (!flags.includes("#")) return text;
      // The other case: names in upper case, but AM and a zone in lower case.
      return letter === "p" || letter === "Z" ? text.toLowerCase() : text.toUpperCase();
    },
  );
}
