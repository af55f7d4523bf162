import type { Address } from "./address.ts";
import type { Context } from "./context.ts";
import {
  headerMap,
  type ItemFlags,
  targetMap,
  writeAddress,
  writeEncoded,
  writeHexNumber,
  writeText,
} from "./log_format_write.ts";

/** What stands for an item in structured output. */
export type RawItem = string | number | boolean | undefined;

/**
 * A compiled item of a format. `write` gives undefined for an item that leaves no trace at all:
 * blanks around it merge, unlike around an empty one.
 */
export interface FormatItem {
  write(cx: Context): string | undefined;
  raw(cx: Context): RawItem;
}

/** A row of the table of aliases. */
export interface AliasSpec {
  /** Without the percent sign. */
  readonly name: string;
  /** One line for docs. */
  readonly doc: string;
  make(flags: ItemFlags): FormatItem;
}

/** Text, quoted and escaped by flags; nothing is `-` in logs. */
export function text(
  name: string,
  doc: string,
  read: (cx: Context) => string | undefined,
): AliasSpec {
  return {
    name,
    doc,
    make: (flags) => ({ write: (cx) => writeText(read(cx), flags), raw: read }),
  };
}

/** Text whose odd bytes are written as `#XX`. */
export function encoded(
  name: string,
  doc: string,
  read: (cx: Context) => string | undefined,
): AliasSpec {
  return {
    name,
    doc,
    make: (flags) => ({
      write(cx) {
        const value = read(cx);
        return value ? writeEncoded(value, targetMap, "#", flags) : writeText("", flags);
      },
      raw: read,
    }),
  };
}

/** What no flag changes: dates, counters, states. */
export function bare(
  name: string,
  doc: string,
  read: (cx: Context) => string | number,
): AliasSpec {
  return { name, doc, make: () => ({ write: (cx) => String(read(cx)), raw: read }) };
}

/** A number that X turns to hexadecimal. */
export function hexNumber(name: string, doc: string, read: (cx: Context) => number): AliasSpec {
  return {
    name,
    doc,
    make: (flags) => ({ write: (cx) => writeHexNumber(read(cx), flags), raw: read }),
  };
}

/** An address; a word in its place (`unix`) is text. */
export function address(
  name: string,
  doc: string,
  read: (cx: Context) => Address | string | undefined,
): AliasSpec {
  return {
    name,
    doc,
    make: (flags) => ({
      write(cx) {
        const value = read(cx);
        return typeof value === "object" ? writeAddress(value, flags) : writeText(value, flags);
      },
      raw: (cx) => read(cx)?.toString(),
    }),
  };
}

/** A port; without an address it is text of nothing, on a unix socket the listener's number. */
export function port(
  name: string,
  doc: string,
  read: (cx: Context) => number | string | undefined,
): AliasSpec {
  return {
    name,
    doc,
    make: (flags) => ({
      write(cx) {
        const value = read(cx);
        return typeof value === "number" ? writeHexNumber(value, flags) : writeText(value, flags);
      },
      raw: read,
    }),
  };
}

/** Captured headers between braces; without any slot nothing at all. */
export function capturesInBraces(
  name: string,
  doc: string,
  read: (cx: Context) => readonly (string | undefined)[],
): AliasSpec {
  return {
    name,
    doc,
    make(flags) {
      const inner: ItemFlags = { ...flags, quoted: false };
      const write = (cx: Context) => {
        const slots = read(cx);
        if (slots.length === 0) return undefined;
        let out = "{";
        for (let i = 0; i < slots.length; i++) {
          if (i > 0) out += "|";
          const value = slots[i];
          if (value !== undefined) out += writeEncoded(value, headerMap, "#", inner);
        }
        return flags.quoted ? `"${out}}"` : out + "}";
      };
      return { write, raw: write };
    },
  };
}

/** Captured headers one by one, for the CLF: nothing is `-`, or `""` when quoted. */
export function capturesInList(
  name: string,
  doc: string,
  read: (cx: Context) => readonly (string | undefined)[],
): AliasSpec {
  return {
    name,
    doc,
    make(flags) {
      const write = (cx: Context) => {
        const slots = read(cx);
        if (slots.length === 0) return undefined;
        let out = "";
        for (let i = 0; i < slots.length; i++) {
          if (i > 0) out += " ";
          const value = slots[i];
          if (value !== undefined) out += writeEncoded(value, headerMap, "#", flags);
          else out += flags.quoted ? '""' : "-";
        }
        return out;
      };
      return { write, raw: write };
    },
  };
}
