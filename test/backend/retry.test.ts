import { describe, expect, test } from "bun:test";
import { nextAttempt } from "../../src/backend/retry.ts";
import type { BalanceAlgorithm } from "../../src/config/backend_plan.ts";
import { makeBackend } from "./plans.ts";

const turns: BalanceAlgorithm = { kind: "roundrobin" };
const hash: BalanceAlgorithm = { kind: "source" };

interface RetryCase {
  readonly name: string;
  readonly balance: BalanceAlgorithm;
  readonly servers: number;
  readonly redispatch: number | undefined;
  readonly direct?: true;
  /** What follows each failure, with the pause in ms. */
  readonly attempts: readonly string[];
}

const cases: readonly RetryCase[] = [
  {
    name: "without redispatch the same server again, after a pause",
    balance: turns,
    servers: 2,
    redispatch: undefined,
    attempts: ["same-server 1000", "same-server 1000", "same-server 1000", "give-up"],
  },
  {
    name: "algorithms that take turns go elsewhere at once",
    balance: turns,
    servers: 2,
    redispatch: -1,
    attempts: ["another-server 0", "another-server 0", "another-server 0", "give-up"],
  },
  {
    name: "a hash keeps to its server until the last retry",
    balance: hash,
    servers: 2,
    redispatch: -1,
    attempts: ["same-server 1000", "same-server 1000", "another-server 1000", "give-up"],
  },
  {
    name: "every second retry",
    balance: hash,
    servers: 2,
    redispatch: 2,
    attempts: ["same-server 1000", "another-server 1000", "same-server 1000", "give-up"],
  },
  {
    name: "a server that a rule named is kept",
    balance: turns,
    servers: 2,
    redispatch: -1,
    direct: true,
    attempts: ["same-server 1000", "same-server 1000", "another-server 0", "give-up"],
  },
];

describe("after a failed connection", () => {
  for (const { name, balance, servers, redispatch, direct, attempts } of cases) {
    test(name, () => {
      const backend = makeBackend({
        servers: Array.from({ length: servers }, (_, i) => ({ name: `s${i}` })),
        plan: { balance, redispatch, retries: 3, timeouts: { connectMs: 5000 } as never },
      });
      const seen = attempts.map((_, retried) => {
        const next = nextAttempt(backend, backend.servers[0]!, retried, direct ?? false);
        return next.kind === "give-up" ? next.kind : `${next.kind} ${next.delayMs}`;
      });
      expect(seen).toEqual([...attempts]);
    });
  }

  test("the pause is no longer than timeout connect", () => {
    const backend = makeBackend({
      servers: [{ name: "a" }],
      plan: { timeouts: { connectMs: 200 } as never },
    });
    expect(nextAttempt(backend, backend.servers[0]!, 0, false)).toEqual({
      kind: "same-server",
      delayMs: 200,
    });
  });

  test("a server that is down is left at once", () => {
    const backend = makeBackend({
      servers: [{ name: "a" }, { name: "b" }],
      plan: { balance: hash, redispatch: -1 },
    });
    backend.servers[0]!.state.markDown({ kind: "command" }, 0);
    expect(nextAttempt(backend, backend.servers[0]!, 0, false).kind).toBe("another-server");
  });
});
