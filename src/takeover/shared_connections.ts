import { offerPlace } from "../backend/queue.ts";
import { Counter } from "../state/counter.ts";
import type { State } from "../state/state.ts";
import type { Says } from "./message.ts";

/** Servers and how many connections one process has to each. */
export type ConnectionCounts = Says<"alive">["connections"];

/** More do not go into a message; limits of those beyond hold for each process alone. */
const serversMax = 2000;

/** What this process has, for the other one's limits and balancing. */
export function ownConnections(state: State): ConnectionCounts {
  const counts: ConnectionCounts = [];
  for (const backend of state.backends.values()) {
    for (const server of backend.servers) {
      const count = server.get(Counter.scur);
      if (count > 0 && counts.length < serversMax) counts.push([backend.name, server.name, count]);
    }
  }
  return counts;
}

/** What the other process has, from now on; an empty list when there is none any more. */
export function noteElsewhere(state: State, counts: ConnectionCounts): void {
  const known = new Map(counts.map(([backend, server, n]) => [`${backend}/${server}`, n]));
  for (const backend of state.backends.values()) {
    for (const server of backend.servers) {
      const before = server.elsewhere;
      server.elsewhere = known.get(`${backend.name}/${server.name}`) ?? 0;
      if (server.elsewhere < before) offerPlace(server);
    }
  }
}
