import type { ServerState } from "../../state/server_state.ts";

/** Longest map; weights are divided by their greatest common divisor first. */
const mapSlotsMax = 65536;

/**
 * A table in which each server stands as often as its weight says, spread evenly: what `static-rr`
 * walks and hashes point into. The first server is always the first declared.
 */
export function weightMap(servers: readonly ServerState[], divisor: number): ServerState[] {
  const weights = servers.map((server) => Math.max(1, Math.floor(server.weight / divisor)));
  const total = Math.min(mapSlotsMax, weights.reduce((sum, weight) => sum + weight, 0));
  if (total === 1) return [servers[0]!];
  const scores = new Array<number>(servers.length).fill(0);
  const map: ServerState[] = [];
  for (let slot = 0; slot < total; slot++) {
    let best = -1;
    let rank = 0;
    for (let i = 0; i < servers.length; i++) {
      scores[i]! += weights[i]!;
      const own = Math.floor((scores[i]! + total) / total);
      if (best < 0 || own > rank) {
        rank = own;
        best = i;
      }
    }
    scores[best]! -= total;
    map.push(servers[best]!);
  }
  return map;
}

/** The divisor that makes the weights of all servers, down ones too, as small as they go. */
export function weightDivisor(servers: readonly ServerState[]): number {
  let divisor = 0;
  for (const { weight } of servers) {
    let a = divisor;
    for (let b = weight; b > 0;) [a, b] = [b, a % b];
    divisor = a;
  }
  return Math.max(1, divisor);
}
