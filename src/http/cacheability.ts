import type { ResponseHead } from "./response_head.ts";

/** What caches may keep of an answer, as HAProxy reads it. */
export interface Cacheability {
  readonly answer: boolean;
  /** With the cookies that it sets. */
  readonly cookies: boolean;
}

/** Kept without being told so, as the manual lists them under `option checkcache`. */
const cachedStatuses: ReadonlySet<number> = new Set(
  [200, 203, 204, 206, 300, 301, 404, 405, 410, 414, 501],
);
const cachedMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

const forbidding = /^(no-cache|no-store|private|max-age=0|s-maxage=0)$/i;
const forbiddingCookies = /^no-cache="set-cookie/i;
const limiting = /^(s-maxage|max-age)=/i;

/** Reads an answer to a request of this method. */
export function cacheabilityOf(head: ResponseHead, method: string): Cacheability {
  let answer = cachedStatuses.has(head.status) && cachedMethods.has(method);
  let cookies = answer;
  if (/^no-cache$/i.test(head.first("pragma") ?? "")) return { answer: false, cookies: false };
  let lasts = head.has("expires") || head.has("etag") || head.has("last-modified");
  // The last word counts: `private, public` is public.
  for (const value of directivesOf(head)) {
    if (/^public$/i.test(value)) answer = cookies = true;
    else if (forbidding.test(value)) answer = cookies = false;
    else if (forbiddingCookies.test(value)) cookies = false;
    else if (limiting.test(value)) lasts = true;
  }
  // No cache keeps what it can neither date nor ask about.
  return { answer: answer && lasts, cookies };
}

/** Whether a cache would give one client's cookies to the next. */
export function sharesCookies(head: ResponseHead, method: string): boolean {
  const { answer, cookies } = cacheabilityOf(head, method);
  return answer && cookies;
}

/** Pieces between commas, except those in quotes. */
const pieces = /(?:[^,"]|"(?:\\.|[^"\\])*"?)+/g;

function* directivesOf(head: ResponseHead): Generator<string> {
  for (let i = head.find("cache-control"); i >= 0; i = head.find("cache-control", i)) {
    for (const [piece] of head.value(i).matchAll(pieces)) yield piece.trim();
  }
}
