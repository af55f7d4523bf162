import type { BalanceAlgorithm, HashedAlgorithm } from "../../config/backend_plan.ts";
import type { BackendState } from "../../state/backend_state.ts";
import type { ServerState } from "../../state/server_state.ts";
import type { Balancer } from "./balancer.ts";
import { FirstAvailable } from "./first.ts";
import { hashTypeDefault } from "./hash_function.ts";
import { hashKey } from "./hash_key.ts";
import { HashRing } from "./hash_ring.ts";
import { HashedMap } from "./hashed_map.ts";
import { LeastConnections } from "./leastconn.ts";
import { RandomDraws } from "./random.ts";
import { RoundRobin } from "./roundrobin.ts";
import { StaticRoundRobin } from "./static_rr.ts";

type Maker<Kind extends BalanceAlgorithm["kind"]> = (
  algorithm: Extract<BalanceAlgorithm, { kind: Kind }>,
  backend: BackendState,
  servers: readonly ServerState[],
) => Balancer;

/** One row for each algorithm that a Plan can name. */
const makers: { readonly [Kind in BalanceAlgorithm["kind"]]: Maker<Kind> } = {
  "roundrobin": (_algorithm, backend, servers) => new RoundRobin(backend, servers),
  "static-rr": (_algorithm, backend, servers) => new StaticRoundRobin(backend, servers),
  "leastconn": (_algorithm, backend, servers) => new LeastConnections(backend, servers),
  "first": (_algorithm, backend, servers) => new FirstAvailable(backend, servers),
  "random": ({ draws }, backend, servers) => new RandomDraws(backend, servers, draws),
  "source": hashed,
  "uri": hashed,
  "url_param": hashed,
  "hdr": hashed,
  "hash": hashed,
  "rdp-cookie": hashed,
};

function hashed(
  algorithm: HashedAlgorithm,
  backend: BackendState,
  servers: readonly ServerState[],
): Balancer {
  const { method, balanceFactor } = algorithm.hash ?? hashTypeDefault;
  const key = hashKey(algorithm);
  return method === "consistent"
    ? new HashRing(backend, servers, key, balanceFactor)
    : new HashedMap(backend, servers, key);
}

/** A balancer over `servers`, in the Plan's order. Servers must have been configured. */
export function makeBalancer(
  algorithm: BalanceAlgorithm,
  backend: BackendState,
  servers: readonly ServerState[],
): Balancer {
  const make = makers[algorithm.kind] as Maker<BalanceAlgorithm["kind"]>;
  return make(algorithm as never, backend, servers);
}
