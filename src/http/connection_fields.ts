import type { Fields } from "./fields.ts";
import type { RequestHead } from "./request_head.ts";

/** What a message's Connection field asks of its connection. */
export interface ConnectionWish {
  readonly close: boolean;
  readonly keepAlive: boolean;
  readonly upgrade: boolean;
}

export const noWish: ConnectionWish = { close: false, keepAlive: false, upgrade: false };
const wishesKeepAlive: ConnectionWish = { close: false, keepAlive: true, upgrade: false };
const wishesClose: ConnectionWish = { close: true, keepAlive: false, upgrade: false };

/**
 * Fields that are for every recipient (RFC 9110 §7.6.1). An origin that believed a client's word that
 * they end here would take them out, and see another body or another site than we did.
 */
const endToEnd: ReadonlySet<string> = new Set(["content-length", "host", "transfer-encoding"]);

/**
 * Reads Connection and takes out what is between two neighbours only: `close` and `keep-alive`, and
 * an `upgrade` without an Upgrade field. Other nominated fields pass, as HAProxy lets them, but not
 * the word that framing or Host were for us alone.
 */
export function takeConnectionTokens(head: Fields): ConnectionWish {
  const first = head.find("connection");
  if (first < 0) return noWish;
  const value = head.value(first);
  if (head.find("connection", first) < 0) {
    if (isWord(value, "keep-alive")) {
      head.remove(first);
      return wishesKeepAlive;
    }
    if (isWord(value, "close")) {
      head.remove(first);
      return wishesClose;
    }
  }
  const wish = { close: false, keepAlive: false, upgrade: false };
  for (let i = first; i >= 0; i = head.find("connection", i)) {
    takeTokens(head, i, head.value(i), wish);
  }
  return wish;
}

function takeTokens(
  head: Fields,
  index: number,
  value: string,
  wish: { close: boolean; keepAlive: boolean; upgrade: boolean },
): void {
  const hasUpgrade = head.has("upgrade");
  const kept: string[] = [];
  const tokens = value.split(",");
  for (const token of tokens) {
    const word = token.trim().toLowerCase();
    if (word === "close") wish.close = true;
    else if (word === "keep-alive") wish.keepAlive = true;
    else if (word === "upgrade") {
      if (!hasUpgrade) continue;
      wish.upgrade = true;
      kept.push(token.trim());
    } else if (word !== "" && !endToEnd.has(word)) kept.push(token.trim());
  }
  if (kept.length === 0) head.remove(index);
  else if (kept.length < tokens.length) head.replace(index, kept.join(", "));
}

/** An Upgrade that Connection does not nominate is dropped, and so is h2c (RFC 9113 §3.1). */
export function settleUpgrade(head: Fields, wish: ConnectionWish): ConnectionWish {
  const i = head.find("upgrade");
  if (i < 0) return wish;
  if (wish.upgrade && !/(^|[, \t])h2c?([, \t]|$)/i.test(head.value(i))) return wish;
  head.removeAll("upgrade");
  if (!wish.upgrade) return wish;
  removeToken(head, "upgrade");
  return { ...wish, upgrade: false };
}

/** TE says what this hop understands: only `trailers` means something to the next. */
export function settleTe(head: RequestHead): void {
  const first = head.find("te");
  if (first < 0) return;
  let trailers = false;
  for (let i = first; i >= 0; i = head.find("te", i)) {
    if (/(^|[, \t])trailers([,; \t]|$)/i.test(head.value(i))) trailers = true;
    if (i !== first) head.remove(i);
  }
  if (!trailers) head.remove(first);
  else if (head.value(first) !== "trailers") head.replace(first, "trailers");
}

function removeToken(head: Fields, word: string): void {
  for (let i = head.find("connection"); i >= 0; i = head.find("connection", i)) {
    const kept = head.value(i).split(",").map((t) => t.trim()).filter((t) =>
      t.toLowerCase() !== word
    );
    if (kept.length === 0) head.remove(i);
    else head.replace(i, kept.join(", "));
  }
}

function isWord(value: string, lower: string): boolean {
  return value.length === lower.length && (value === lower || value.toLowerCase() === lower);
}
