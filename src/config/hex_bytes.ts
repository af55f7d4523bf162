/** Pairs of hexadecimal digits as latin1; undefined for anything else. */
export function bytesOfHex(text: string): string | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  return text.replace(/../g, (pair) => String.fromCharCode(parseInt(pair, 16)));
}

/** What is wrong with such a text, in HAProxy's words. */
export function hexFault(text: string): string {
  const stray = /[^0-9a-fA-F]/.exec(text)?.[0];
  if (text.length % 2 !== 0) return "an even number of hex digit is expected";
  return `an hex digit is expected (found '${stray}')`;
}
