const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/** Base64 digits of a date: 30 bits, in units of four seconds. */
const length = 5;
const unitSeconds = 4;

/** Writes a time in seconds since the epoch as a persistence cookie has it. */
export function writeCookieDate(seconds: number): string {
  let units = Math.floor(seconds / unitSeconds) % 2 ** 30;
  let text = "";
  for (let i = 0; i < length; i++) {
    text = digits[units % 64] + text;
    units = Math.floor(units / 64);
  }
  return text;
}

/** Seconds since the epoch; 0 for what is no date. */
export function readCookieDate(text: string): number {
  let units = 0;
  for (let i = 0; i < length; i++) {
    const digit = digits.indexOf(text[i] ?? "=");
    if (digit < 0) return 0;
    units = units * 64 + digit;
  }
  return units * unitSeconds;
}
