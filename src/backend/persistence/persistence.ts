import type { BackendPlan, CookiePlan } from "../../config/backend_plan.ts";
import type { ServerPlan } from "../../config/server_plan.ts";
import type { RequestHead } from "../../http/request_head.ts";
import type { Context } from "../../lang/context.ts";
import { readCookieDate } from "./cookie_date.ts";
import { cookieOf } from "./server_cookie.ts";

/**
 * What became of a client's persistence cookie, and of the one in the answer: HAProxy's letters in
 * `%tsc`. Request: none, invalid, server down, valid, expired, too old, unused. Answer: none,
 * provided by the server, deleted, inserted, rewritten, updated.
 */
export interface Persistence {
  request: "N" | "I" | "D" | "V" | "E" | "O" | "U";
  answer: "N" | "P" | "D" | "I" | "R" | "U";
  /** Neither read nor given: `ignore-persist`. */
  readonly ignored: boolean;
  /** The server that the cookie names, when it can be used. */
  server: ServerPlan | undefined;
  /** Seconds since the epoch out of the cookie; 0 for none. */
  lastSeen: number;
  firstSeen: number;
}

/** Behind the server in `prefix` mode, and before dates in `insert` mode. */
const prefixDelimiter = "~";
const dateDelimiter = "|";
/** Clocks of two machines may differ so much. */
const futureSecondsMax = 86400;

/**
 * Reads a request's persistence cookie, and takes out of it what its servers must not see. Call it
 * for backends that have a cookie.
 */
export function takePersistence(backend: BackendPlan, head: RequestHead, cx: Context): Persistence {
  const cookie = backend.cookie!;
  const rule = backend.persist.find(({ condition }) => !condition || condition.holds(cx));
  const found: Persistence = {
    request: "N",
    answer: "N",
    ignored: rule?.kind === "ignore",
    server: undefined,
    lastSeen: 0,
    firstSeen: 0,
  };
  const evenDown = backend.persistDown || rule?.kind === "force";
  for (let i = head.find("cookie"); i >= 0; i = head.find("cookie", i)) {
    const value = head.value(i);
    if (!value.includes(cookie.name)) continue;
    const kept = value.split(";").map((pair) => {
      if (!isNamed(pair, cookie.name)) return pair;
      const text = pair.substring(pair.indexOf("=") + 1).trim();
      if (found.request === "N") judge(found, backend, text, cx, evenDown);
      return hidden(pair, text, cookie);
    });
    rewrite(head, i, value, kept.filter((pair) => pair !== undefined));
  }
  return found;
}

function isNamed(pair: string, name: string): boolean {
  const equals = pair.indexOf("=");
  return equals >= 0 && pair.substring(0, equals).trim() === name;
}

/** What a server sees of the cookie; undefined when it sees none. */
function hidden(pair: string, text: string, { mode, indirect }: CookiePlan): string | undefined {
  if (mode === "insert" && indirect) return undefined;
  const delimiter = text.indexOf(prefixDelimiter);
  if (mode !== "prefix" || delimiter < 0) return pair;
  return pair.substring(0, pair.indexOf("=") + 1) + text.substring(delimiter + 1);
}

function rewrite(head: RequestHead, i: number, before: string, pairs: readonly string[]): void {
  const after = pairs.join(";").trim();
  if (after === "") head.remove(i);
  else if (after !== before) head.replace(i, after);
}

function judge(
  found: Persistence,
  backend: BackendPlan,
  text: string,
  cx: Context,
  evenDown: boolean,
): void {
  const name = serverPart(found, backend.cookie!, text, cx.now / 1000);
  if (found.ignored) found.request = "U";
  else if (name === undefined) return;
  else chooseServer(found, backend, name, evenDown);
}

/** The part that names the server; undefined when the cookie is too old to count. */
function serverPart(
  found: Persistence,
  { mode, maxIdleSeconds, maxLifeSeconds }: CookiePlan,
  text: string,
  now: number,
): string | undefined {
  if (mode === "prefix") return text.split(prefixDelimiter, 1)[0]!;
  const [name, last, first] = text.split(dateDelimiter);
  found.lastSeen = readCookieDate(last ?? "");
  found.firstSeen = readCookieDate(first ?? "");
  if (isPast(found.firstSeen, maxLifeSeconds, now)) found.request = "O";
  else if (isPast(found.lastSeen, maxIdleSeconds, now)) found.request = "E";
  else return name!;
  found.lastSeen = found.firstSeen = 0;
  return undefined;
}

function isPast(date: number, limitSeconds: number | undefined, now: number): boolean {
  if (date === 0 || limitSeconds === undefined) return false;
  return now - date > limitSeconds || date - now > futureSecondsMax;
}

function chooseServer(
  found: Persistence,
  backend: BackendPlan,
  name: string,
  evenDown: boolean,
): void {
  found.request = "I";
  if (name === "") return;
  for (const server of backend.servers) {
    if (cookieOf(server) !== name) continue;
    const isUp = server.state.operational !== "stopped";
    found.request = isUp ? "V" : "D";
    if (!isUp && !evenDown) continue;
    found.server = server;
    return;
  }
}
