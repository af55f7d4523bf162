import { expect, test } from "bun:test";
import type { ServerState } from "../../src/state/server_state.ts";
import { Counter } from "../../src/state/counter.ts";
import { makeBackend, ManualClock } from "./plans.ts";

const cause = { kind: "health" } as const;

function backendOf(count: number, isBackup: (i: number) => boolean, clock = new ManualClock()) {
  const servers = Array.from({ length: count }, (_, i) => ({ name: `s${i}`, backup: isBackup(i) }));
  return makeBackend({ servers, clock }).state;
}

/** Counts how often somebody asks whether a server is usable. */
function countLooks(servers: readonly ServerState[]): () => number {
  let looks = 0;
  for (const server of servers) {
    Object.defineProperty(server, "usable", { get: () => (looks++, true) });
  }
  return () => looks;
}

test("what one server becomes is counted without a look at the others", () => {
  const backend = backendOf(1000, (i) => i >= 500);
  const [first, ...others] = backend.servers;
  const looks = countLooks(others);
  first!.markDown(cause, 0);
  expect([backend.active, backend.backup, looks()]).toEqual([499, 500, 0]);
  first!.markUp(cause, 1);
  expect([backend.active, backend.backup, looks()]).toEqual([500, 500, 0]);
});

test("after any changes the counts are those of a count from the start", () => {
  const backend = backendOf(12, (i) => i % 3 === 1);
  const changes: readonly ((server: ServerState, now: number) => void)[] = [
    (server, now) => server.markDown(cause, now),
    (server, now) => server.markUp(cause, now),
    (server, now) => server.markStopping(cause, now),
    (server, now) => server.setAdmin("maint", now),
    (server, now) => server.setAdmin("drain", now),
    (server, now) => server.setAdmin("ready", now),
    (server) => server.setWeight(0),
    (server) => server.setWeight(1),
  ];
  let seed = 1;
  const pick = <T>(list: readonly T[]): T => {
    seed = (seed * 48271) % 2147483647;
    return list[seed % list.length]!;
  };
  for (let now = 1; now <= 2000; now++) {
    pick(changes)(pick(backend.servers), now);
    const usable = backend.servers.filter((server) => server.usable);
    const backups = usable.filter((server) => server.settings.backup);
    const { active, backup, firstBackup } = backend;
    expect([active, backup, firstBackup?.name])
      .toEqual([usable.length - backups.length, backups.length, backups[0]?.name]);
  }
});

test("a server that left the Plan counts no more, whatever becomes of it", () => {
  const backend = backendOf(2, () => false);
  const [first, gone] = backend.servers as [ServerState, ServerState];
  backend.servers = [first];
  backend.recountAll();
  expect(backend.active).toBe(1);
  gone.markDown(cause, 1);
  gone.markUp(cause, 2);
  expect(backend.active).toBe(1);
  first.markDown(cause, 3);
  expect(backend.usableServers()).toBe(0);
});

test("a backend whose Plan has no servers any more is down, from then on and once", () => {
  const clock = new ManualClock();
  const backend = backendOf(2, () => false, clock);
  clock.at = 5000;
  backend.servers = [];
  backend.recountAll();
  expect([backend.active, backend.lastChange, backend.get(Counter.chkdown)]).toEqual([0, 5000, 1]);
  backend.recountAll();
  expect(backend.get(Counter.chkdown)).toBe(1);
});
