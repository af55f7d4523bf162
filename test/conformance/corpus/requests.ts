import type { Entry } from "./entry.ts";
import { connectionRequests } from "./request_connection.ts";
import { framingRequests } from "./request_framing.ts";
import { headRequests } from "./request_head.ts";
import { limitRequests } from "./request_limit.ts";
import { targetRequests } from "./request_target.ts";

/** Raw requests of every kind that RFC 9112 and HAProxy's own rules have an opinion about. */
export const requestCorpus: readonly Entry[] = [
  ...framingRequests,
  ...headRequests,
  ...targetRequests,
  ...connectionRequests,
  ...limitRequests,
];

const names = new Set<string>();
for (const { name } of requestCorpus) {
  if (names.has(name)) throw new Error(`two requests are called '${name}'`);
  names.add(name);
}
