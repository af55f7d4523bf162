import { describe, expect, test } from "bun:test";
import { makeBalancer } from "../../src/backend/balance/catalog.ts";
import type { BackendPlan, BalanceAlgorithm } from "../../src/config/backend_plan.ts";
import { type BalanceCase, balanceCases, fullCases } from "./balance_cases.ts";
import { clientAt, makeBackend } from "./plans.ts";

const algorithms: readonly BalanceAlgorithm[] = [
  { kind: "roundrobin" },
  { kind: "static-rr" },
  { kind: "leastconn" },
  { kind: "first" },
  { kind: "random", draws: 2 },
  { kind: "source" },
];

/** `first` fills one server before the next, and a hash keeps to its server: neither spreads. */
const spreading = new Set(["roundrobin", "static-rr", "leastconn", "random"]);

for (const algorithm of algorithms) {
  describe(algorithm.kind, () => {
    for (const row of balanceCases) {
      const hashed = algorithm.kind === "source" && row.excluded !== undefined;
      // A hash always points to the same server, also to the one that just failed.
      if (hashed) continue;
      test(row.name, () => check(algorithm, row));
    }
    for (const row of fullCases) {
      // `random` and `source` don't look for another server when theirs is full.
      if (algorithm.kind === "source" || algorithm.kind === "random") continue;
      test(row.name, () => check(algorithm, row));
    }
    test("a server that comes back is chosen again", () => {
      const backend = build(algorithm, { name: "", servers: [{}, {}], allowed: [] });
      const balancer = balancerOf(backend);
      const [a, b] = backend.state.servers;
      a!.markDown({ kind: "command" }, 0);
      for (let i = 0; i < 5; i++) {
        expect(balancer.choose(clientAt(`10.0.0.${i}`), undefined)).toBe(b);
      }
      a!.markUp({ kind: "command" }, 0);
      b!.markDown({ kind: "command" }, 0);
      for (let i = 0; i < 5; i++) {
        expect(balancer.choose(clientAt(`10.0.0.${i}`), undefined)).toBe(a);
      }
    });
  });
}

function build(algorithm: BalanceAlgorithm, row: BalanceCase): BackendPlan {
  const backend = makeBackend({
    servers: row.servers.map(({ weight = 1, backup = false, maxconn = 0 }, i) => ({
      name: `s${i}`,
      weight,
      backup,
      maxconn,
    })),
    plan: { balance: algorithm, allBackups: row.allBackups ?? false },
  });
  row.servers.forEach(({ down, drained, busy = 0 }, i) => {
    const server = backend.state.servers[i]!;
    if (down) server.markDown({ kind: "command" }, 0);
    if (drained) server.setAdmin("drain", 0);
    for (let taken = 0; taken < busy; taken++) server.take(0);
  });
  return backend;
}

function balancerOf(backend: BackendPlan) {
  return makeBalancer(backend.balance, backend.state, backend.state.servers);
}

function check(algorithm: BalanceAlgorithm, row: BalanceCase): void {
  const backend = build(algorithm, row);
  const balancer = balancerOf(backend);
  const excluded = row.excluded === undefined ? undefined : backend.state.servers[row.excluded];
  const seen = new Set<number>();
  for (let i = 0; i < 200; i++) {
    const server = balancer.choose(clientAt(`192.0.2.${i}`), excluded);
    if (!server) {
      expect(row.allowed).toEqual([]);
      continue;
    }
    const index = backend.state.servers.indexOf(server);
    expect(row.allowed).toContain(index);
    seen.add(index);
    server.take(0);
    server.leave();
  }
  if (row.spread && spreading.has(algorithm.kind)) expect(seen.size).toBe(row.allowed.length);
}
