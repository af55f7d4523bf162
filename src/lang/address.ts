/**
 * An IPv4 or IPv6 address as four 32-bit words, most significant first; IPv4 uses `d` alone.
 * Immutable; the text is made once.
 */
export class Address {
  #text: string | undefined;

  private constructor(
    readonly family: 4 | 6,
    readonly a: number,
    readonly b: number,
    readonly c: number,
    readonly d: number,
  ) {}

  /** `text` is its canonical text, where that is known. */
  static v4(word: number, text?: string): Address {
    const address = new Address(4, 0, 0, 0, word >>> 0);
    address.#text = text;
    return address;
  }

  static v6(a: number, b: number, c: number, d: number): Address {
    return new Address(6, a >>> 0, b >>> 0, c >>> 0, d >>> 0);
  }

  /** Strict text form, as `inet_pton` takes it; undefined for anything else. */
  static parse(text: string): Address | undefined {
    return text.includes(":") ? parseV6(text) : parseV4(text);
  }

  equals(other: Address): boolean {
    return this.family === other.family && this.d === other.d && this.c === other.c &&
      this.b === other.b && this.a === other.a;
  }

  /** Canonical text (RFC 5952 for IPv6). */
  toString(): string {
    return this.#text ??= this.family === 4 ? v4Text(this.d) : v6Text(this);
  }

  /** As text in JSON. */
  toJSON(): string {
    return this.toString();
  }

  /** What `console.log` shows. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/** Four decimal bytes without leading zeros, in one walk: every accepted connection comes by here. */
function parseV4(text: string): Address | undefined {
  let word = 0;
  let byte = 0;
  let digits = 0;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 46) {
      if (digits === 0 || ++dots > 3) return undefined;
      word = word * 256 + byte;
      byte = digits = 0;
    } else {
      if (c < 48 || c > 57 || (digits > 0 && byte === 0)) return undefined;
      byte = byte * 10 + c - 48;
      if (byte > 255) return undefined;
      digits++;
    }
  }
  if (digits === 0 || dots !== 3) return undefined;
  return Address.v4(word * 256 + byte, text);
}

function parseV6(text: string): Address | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = groups(halves[0]!);
  const tail = halves.length === 2 ? groups(halves[1]!) : [];
  if (!head || !tail) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const g = [...head, ...new Array<number>(missing).fill(0), ...tail];
  const word = (i: number) => g[i]! * 65536 + g[i + 1]!;
  return Address.v6(word(0), word(2), word(4), word(6));
}

function groups(text: string): number[] | undefined {
  if (text === "") return [];
  const out: number[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    if (i === parts.length - 1 && part.includes(".")) {
      const v4 = parseV4(part);
      if (!v4) return undefined;
      out.push(v4.d >>> 16, v4.d & 0xffff);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
      out.push(parseInt(part, 16));
    }
  }
  return out;
}

function v4Text(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

function v6Text({ a, b, c, d }: Address): string {
  if (a === 0 && b === 0 && c === 0xffff) return `::ffff:${v4Text(d)}`;
  const g = [a, b, c, d].flatMap((word) => [word >>> 16, word & 0xffff]);
  let best = { at: -1, length: 1 };
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (at + length < 8 && g[at + length] === 0) length++;
    if (length > best.length) best = { at, length };
  }
  const hex = (part: number[]) => part.map((n) => n.toString(16)).join(":");
  if (best.at < 0) return hex(g);
  return `${hex(g.slice(0, best.at))}::${hex(g.slice(best.at + best.length))}`;
}
