const months = [
  "Jan",
  "Feb",
  "Mar",
  "Apr",
  "May",
  "Jun",
  "Jul",
  "Aug",
  "Sep",
  "Oct",
  "Nov",
  "Dec",
] as const;

function two(n: number): string {
  return n < 10 ? "0" + n : String(n);
}

function three(n: number): string {
  return n < 10 ? "00" + n : n < 100 ? "0" + n : String(n);
}

/** Keeps what was made last for each second: log lines come many a second. */
function bySecond(make: (date: Date) => string): (second: number) => string {
  let last = NaN;
  let text = "";
  return (second) => {
    if (second !== last) {
      text = make(new Date(second * 1000));
      last = second;
    }
    return text;
  };
}

const localSecond = bySecond((d) =>
  `${two(d.getDate())}/${months[d.getMonth()]}/${d.getFullYear()}:` +
  `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`
);

const utcSecond = bySecond((d) =>
  `${two(d.getUTCDate())}/${months[d.getUTCMonth()]}/${d.getUTCFullYear()}:` +
  `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())} +0000`
);

const localZone = bySecond((d) => {
  const minutes = -d.getTimezoneOffset();
  const size = Math.abs(minutes);
  return (minutes < 0 ? "-" : "+") + two(Math.floor(size / 60)) + two(size % 60);
});

/** `24/Nov/2026:03:50:01.212` in local time; all take ms since the epoch. */
export function localDateMs(ms: number): string {
  return localSecond(Math.floor(ms / 1000)) + "." + millisecondPart(ms);
}

/** `24/Nov/2026:03:50:01 +0100` in local time. */
export function localDate(ms: number): string {
  const second = Math.floor(ms / 1000);
  return localSecond(second) + " " + localZone(second);
}

/** `24/Nov/2026:02:50:01 +0000`. */
export function utcDate(ms: number): string {
  return utcSecond(Math.floor(ms / 1000));
}

/** Three digits. */
export function millisecondPart(ms: number): string {
  return three(Math.floor(ms) % 1000);
}
