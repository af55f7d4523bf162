import type { CaseOrigins } from "./origins.ts";
import type { Actor } from "./actor.ts";
import type { TcpCase } from "./case.ts";
import { masked, type Masks } from "../mask.ts";

/** A fact a line: what everyone received, how each connection ended, what was logged. */
export function observe(
  clients: readonly Actor[],
  origins: CaseOrigins,
  logs: readonly string[],
  masks: Masks,
  { endsLoose = false, http = false }: Pick<TcpCase, "endsLoose" | "http">,
): readonly string[] {
  const text = (received: string): string => http ? plainFields(received) : received;
  const seen = (who: string, actor: Actor): readonly string[] => [
    `${who} < ${masked(JSON.stringify(text(actor.received)), masks)}`,
    ...(endsLoose && actor.ending !== "open" ? [`${who} over`] : [`${who} ${actor.ending}`]),
    ...(actor.missed === undefined ? [] : [`${who} waited in vain for ${actor.missed}`]),
  ];
  // When a gateway lets go of a server in HTTP is its own affair.
  const seenBy = (origin: string, actor: Actor): readonly string[] =>
    http ? seen(origin, actor).slice(0, 1) : seen(origin, actor);
  const served = origins.actors.toSorted((a, b) => a.origin < b.origin ? -1 : +(a !== b));
  return [
    ...clients.flatMap((actor, n) => seen(`client ${n}`, actor)),
    ...served.flatMap(({ origin, actor }) => seenBy(origin, actor)),
    ...logs.map((line) => `log ${masked(logTail(line, http), masks)}`).toSorted(),
  ];
}

/** Fields in lower case; where a gateway says that it closes means nothing. */
function plainFields(text: string): string {
  return text.replace(/^connection: (close|keep-alive)\r\n/gim, "")
    .replace(/^[A-Za-z-]+:/gm, (name) => name.toLowerCase());
}

const prefix = /^<\d+>.*?\[\d+\]: (?:\S+ \[[^\]]*\] )?/;
const ofStream = /^(\S+ \S+\/\S+) ([-+\d/]+) (.*)$/;
const counts = / \d+\/\d+\/\d+\/\d+\/(\+?\d+) (\d+\/\d+)/;

/**
 * A log line from the frontend's name on: which times are known, and no counts of connections. Of
 * HTTP HAProxy counts bytes as it stores them, not as they go out.
 */
export function logTail(line: string, http: boolean): string {
  const text = line.trimEnd().replace(prefix, "");
  const [, who, times, rest] = ofStream.exec(text) ?? [];
  if (who === undefined || times === undefined || rest === undefined) return text;
  const known = times.split("/").map((one) =>
    one.startsWith("-") ? "-" : one.startsWith("+") ? "+t" : "t"
  ).join("/");
  const counted = http ? rest.replace(/^(\d{3} )?(\+?)\d+ /, "$1$2bytes ") : rest;
  return `${who} ${known} ${counted.replace(counts, " retries $1 queued $2")}`;
}
