import type { CookiePlan } from "../../config/backend_plan.ts";
import type { ServerPlan } from "../../config/server_plan.ts";
import { cacheabilityOf } from "../../http/cacheability.ts";
import type { ResponseHead } from "../../http/response_head.ts";
import { writeCookieDate } from "./cookie_date.ts";
import type { Persistence } from "./persistence.ts";
import { cookieOf } from "./server_cookie.ts";

/** What is known of an exchange when its answer gets the cookie. */
export interface AnsweredBy {
  readonly server: ServerPlan;
  /** The server was named: by the cookie or by a rule. */
  readonly direct: boolean;
  readonly method: string;
  /** Seconds since the epoch. */
  readonly now: number;
}

/** Puts the cookie that leads back to the server into its answer, as the mode says. */
export function giveCookie(
  cookie: CookiePlan,
  persistence: Persistence,
  head: ResponseHead,
  by: AnsweredBy,
): void {
  const isCached = cookie.nocache && cacheabilityOf(head, by.method).answer;
  const isProvided = takeProvided(cookie, persistence, head, by);
  if (cookie.mode !== "insert" || (isProvided && cookie.preserve)) return;
  if (by.direct && !isStale(cookie, persistence, by.now)) return;
  if (persistence.ignored || (cookie.postonly && by.method !== "POST")) return;
  head.add("Set-Cookie", cookieText(cookie, persistence, by));
  persistence.answer = by.direct && cookieOf(by.server) !== undefined ? "U" : "I";
  if (isCached) head.add("Cache-control", "private");
}

/** The client's cookie is right, and its dates are not. */
function isStale(
  { maxIdleSeconds, maxLifeSeconds }: CookiePlan,
  { lastSeen, firstSeen }: Persistence,
  now: number,
): boolean {
  if (maxIdleSeconds !== undefined || lastSeen > 0) {
    if (lastSeen === 0 || lastSeen - Math.floor(now) < 0) return true;
  }
  return (maxLifeSeconds !== undefined) !== (firstSeen > 0);
}

function cookieText(cookie: CookiePlan, { firstSeen }: Persistence, by: AnsweredBy): string {
  const { name, maxIdleSeconds, maxLifeSeconds, attributes } = cookie;
  const { server, now } = by;
  const own = cookieOf(server);
  if (own === undefined) {
    return `${name}=; Expires=Thu, 01-Jan-1970 00:00:01 GMT; path=/${attributes}`;
  }
  let text = `${name}=${own}`;
  if (maxIdleSeconds !== undefined || maxLifeSeconds !== undefined) {
    text += `|${writeCookieDate(now + 3)}`;
  }
  if (maxLifeSeconds !== undefined) text += `|${writeCookieDate(firstSeen || now + 3)}`;
  return `${text}; path=/${attributes}`;
}

/** What becomes of a cookie of this name that the server sets itself; true when there is one. */
function takeProvided(
  cookie: CookiePlan,
  persistence: Persistence,
  head: ResponseHead,
  { server, direct }: AnsweredBy,
): boolean {
  const { mode, indirect, preserve, name } = cookie;
  const provided = new RegExp(`^\\s*${escaped(name)}(\\s*=\\s*)([^;]*?)(\\s*(?:;.*)?)$`, "s");
  let isProvided = false;
  for (let i = head.find("set-cookie"); i >= 0; i = head.find("set-cookie", i)) {
    const value = head.value(i);
    const [, blanks, own, after] = provided.exec(value) ?? [];
    if (own === undefined) continue;
    isProvided = true;
    persistence.answer = "P";
    if (!preserve && (mode === "insert" || (direct && indirect))) {
      head.remove(i);
      persistence.answer = "D";
      continue;
    }
    const named = preserve ? own : ownName(mode, cookieOf(server), own);
    if (named !== own) persistence.answer = "R";
    if (named !== own || blanks !== "=") head.replace(i, name + "=" + named + after);
  }
  return isProvided;
}

/** The value of the server's cookie with the server's name in it. */
function ownName(mode: CookiePlan["mode"], name: string | undefined, own: string): string {
  if (name === undefined) return own;
  return mode === "rewrite" ? name : mode === "prefix" ? `${name}~${own}` : own;
}

function escaped(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
