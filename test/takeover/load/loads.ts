import { checkedTunnels, type TunnelsPlan } from "./checked_tunnels.ts";
import { checkedWebSockets, type WebSocketsPlan } from "./checked_websockets.ts";
import { KeepAliveClients, type KeepAlivePlan, type KeepAliveTally } from "./keep_alive_clients.ts";
import type { Load } from "./load.ts";
import {
  NewConnections,
  type NewConnectionsPlan,
  type NewConnectionsTally,
} from "./new_connections.ts";
import { RandomClients, type RandomPlan, type RandomTally } from "./random/random_clients.ts";
import type { TalkTally } from "./talk.ts";

export type LoadPlan =
  | KeepAlivePlan
  | NewConnectionsPlan
  | TunnelsPlan
  | WebSocketsPlan
  | RandomPlan;

export interface Tallies {
  readonly "keep-alive clients": KeepAliveTally;
  readonly "new connections": NewConnectionsTally;
  readonly "tunnels": TalkTally;
  readonly "websockets": TalkTally;
  readonly "random clients": RandomTally;
}

export function beginLoad(plan: LoadPlan): Load<unknown> {
  switch (plan.kind) {
    case "keep-alive clients":
      return new KeepAliveClients(plan);
    case "new connections":
      return new NewConnections(plan);
    case "tunnels":
      return checkedTunnels(plan);
    case "websockets":
      return checkedWebSockets(plan);
    case "random clients":
      return new RandomClients(plan);
  }
}
