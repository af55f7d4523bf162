/** Bits of {@link charClass}. */
export const token = 1;
/** May stand in a request target: `"<>\^{|}` and backquote pass, `#` and controls do not. */
export const targetChar = 2;
/** Ends the quick walk over a field's value: CR, LF, NUL. */
export const valueStop = 4;
/** Space or tab. */
export const blank = 8;
/** Letters, digits and marks of `HTTP/1.1`. */
export const versionChar = 16;

/** What each byte may be in the head of a message. */
export const charClass: Uint8Array = makeTable();

function makeTable(): Uint8Array {
  const table = new Uint8Array(256);
  const mark = (chars: string, bit: number) => {
    for (let i = 0; i < chars.length; i++) table[chars.charCodeAt(i)]! |= bit;
  };
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  mark(letters + letters.toLowerCase() + "0123456789!#$%&'*+-.^_`|~", token);
  for (let c = 0x21; c < 0x7f; c++) if (c !== 0x23) table[c]! |= targetChar;
  mark("\r\n\0", valueStop);
  mark(" \t", blank);
  mark("HTPRS/.0123456789", versionChar);
  return table;
}
