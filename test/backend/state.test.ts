import { describe, expect, test } from "bun:test";
import type { BackendPlan } from "../../src/config/backend_plan.ts";
import type { FrontendPlan } from "../../src/config/frontend_plan.ts";
import type { Plan } from "../../src/config/plan.ts";
import { Average } from "../../src/state/average.ts";
import { Counter } from "../../src/state/counter.ts";
import { CounterBlock } from "../../src/state/counters.ts";
import { Rate } from "../../src/state/rate.ts";
import type { ServerSettings } from "../../src/state/server_settings.ts";
import { type StagedState, State } from "../../src/state/state.ts";
import { ManualClock, serverDefaults } from "./plans.ts";

describe("rates slide over one second", () => {
  const rate = () => new Rate(new Float64Array(Rate.slots));

  test("events of the running second count in full", () => {
    const r = rate();
    for (let i = 0; i < 10; i++) r.add(5000 + i);
    expect(r.read(5500)).toBe(10);
  });

  test("the second before fades out", () => {
    const r = rate();
    r.add(5000, 100);
    expect(r.read(5999)).toBe(100);
    expect(r.read(6250)).toBe(75);
    r.add(6500, 10);
    expect(r.read(6500)).toBe(60);
    expect(r.read(7000)).toBe(10);
    expect(r.read(9000)).toBe(0);
  });

  test("an event more has to wait until it makes no more than the most", () => {
    const r = rate();
    expect(r.delayMs(5000, 3)).toBe(0);
    r.add(5000, 2);
    expect(r.delayMs(5000, 3)).toBe(0);
    r.add(5100);
    expect(r.delayMs(5100, 3)).toBe(1);
    r.add(5100, 2);
    expect(r.delayMs(5100, 3)).toBe(666);
    // 5 of the second before, of which 599/1000 still count.
    expect(r.delayMs(6401, 3)).toBe(0);
    expect(r.delayMs(6400, 3)).toBe(1);
    expect(r.read(6400)).toBe(3);
  });

  test("a single event does not flicker", () => {
    const r = rate();
    r.add(5000);
    expect(r.read(6700)).toBe(1);
    expect(r.delayMs(6700, 1)).toBe(1);
    expect(r.read(7000)).toBe(0);
  });
});

describe("averages", () => {
  test("cover what there is, then slide", () => {
    const average = new Average(new Float64Array(Average.slots));
    expect(average.read()).toBe(0);
    average.add(10);
    average.add(-1);
    average.add(21);
    expect(average.read()).toBe(16);
    for (let i = 0; i < 5000; i++) average.add(100);
    expect(average.read()).toBe(100);
    expect(average.max()).toBe(100);
  });
});

test("released slots are handed out again, zeroed", () => {
  const block = new CounterBlock();
  const a = block.take(10);
  a.fill(7);
  block.release(a);
  expect(block.take(10)).toBe(a);
  expect([...a]).toEqual(new Array(10).fill(0));
  expect(block.take(10).buffer).toBe(a.buffer);
});

/** A Plan of one frontend and one backend, compiled against `staged`. */
function plan(staged: StagedState, servers: readonly string[], weight = 1): Plan {
  const backend = staged.backend("be", 3);
  const frontend = { name: "fe", id: 2, maxconn: 100, state: staged.frontend("fe", 2, 100) };
  const backendPlan = {
    name: "be",
    id: 3,
    state: backend,
    fullconn: undefined,
    allBackups: false,
    servers: servers.map((name, i) => ({
      ...serverDefaults,
      weight,
      name,
      id: i + 1,
      state: staged.server("be", name, i + 1),
    })),
  };
  return {
    frontends: [frontend as unknown as FrontendPlan],
    backends: new Map([["be", backendPlan as unknown as BackendPlan]]),
    resolvers: new Map(),
  } as unknown as Plan;
}

describe("staging", () => {
  function live(servers: readonly string[]) {
    const state = new State({ clock: new ManualClock() });
    const staged = state.stage();
    staged.commit(plan(staged, servers));
    return state;
  }

  test("nothing is live before the commit", () => {
    const state = new State({ clock: new ManualClock() });
    const staged = state.stage();
    const compiled = plan(staged, ["a", "b"]);
    expect(state.backends.size + state.frontends.size).toBe(0);
    staged.commit(compiled);
    expect(state.backends.get("be")!.usableServers()).toBe(2);
    expect(state.backends.get("be")!.server("b")!.id).toBe(2);
  });

  test("a plan that is thrown away leaves no trace", () => {
    const state = live(["a"]);
    plan(state.stage(), ["a", "x", "y"], 77);
    const backend = state.backends.get("be")!;
    expect(backend.servers.map(({ name }) => name)).toEqual(["a"]);
    expect(backend.server("a")!.weight).toBe(1);
    expect(backend.server("x")).toBeUndefined();
  });

  test("a reload keeps health, counters and what commands set", () => {
    const state = live(["a", "b"]);
    const [a, b] = state.backends.get("be")!.servers;
    a!.count(Counter.bin, 5);
    a!.setWeight(9);
    a!.markDown({ kind: "command" }, 0);
    b!.setAdmin("drain", 0);
    const staged = state.stage();
    staged.commit(plan(staged, ["b", "a"]));
    const backend = state.backends.get("be")!;
    expect(backend.servers).toEqual([b!, a!]);
    expect([a!.get(Counter.bin), a!.weight, a!.admin, b!.admin]).toEqual([5, 9, "ready", "drain"]);
    expect(a!.id).toBe(2);
  });

  test("what the line says anew wins over a command", () => {
    const state = live(["a"]);
    const a = state.backends.get("be")!.server("a")!;
    a.setWeight(9);
    const staged = state.stage();
    staged.commit(plan(staged, ["a"], 3));
    expect(a.weight).toBe(3);
  });

  test("what is gone keeps its counters until its last user has left", () => {
    const state = live(["a", "b"]);
    const b = state.backends.get("be")!.server("b")!;
    b.take(0);
    for (let i = 0; i < 3; i++) {
      const staged = state.stage();
      staged.commit(plan(staged, ["a"]));
    }
    expect(state.backends.get("be")!.server("b")).toBeUndefined();
    expect(b.connections()).toBe(1);
    b.count(Counter.bout, 3);
    b.leave();
    expect(b.get(Counter.bout)).toBe(3);
  });
});

test("observers hear of changes until they leave", () => {
  const state = new State({ clock: new ManualClock() });
  const heard: string[] = [];
  const leave = state.observe({
    serverChanged: ({ server, kind }) => heard.push(`${server.name} ${kind}`),
  });
  const staged = state.stage();
  staged.commit(plan(staged, ["a"]));
  const server = state.backends.get("be")!.server("a")!;
  server.markDown({ kind: "command" }, 0);
  leave();
  server.markUp({ kind: "command" }, 0);
  expect(heard).toEqual(["a down"]);
});

describe("facts of a backend", () => {
  function backendOf(parts: readonly Partial<ServerSettings>[]) {
    const state = new State({ clock: new ManualClock() });
    const staged = state.stage();
    const compiled = plan(staged, parts.map((_, i) => `s${i}`));
    const servers = compiled.backends.get("be")!.servers;
    servers.forEach((server, i) => Object.assign(server, parts[i]));
    staged.commit(compiled);
    return state.backends.get("be")!;
  }

  test("nbsrv counts the active ones, else the first backup alone", () => {
    const backend = backendOf([{}, { backup: true }, { backup: true }]);
    expect(backend.usableServers()).toBe(1);
    backend.servers[0]!.markDown({ kind: "command" }, 0);
    expect(backend.usableServers()).toBe(1);
    backend.allBackups = true;
    expect(backend.usableServers()).toBe(2);
  });

  test("connslots needs limits on every server", () => {
    expect(backendOf([{ maxconn: 5 }]).connectionSlots()).toBe(-1);
    const backend = backendOf([{ maxconn: 5, maxqueue: 10 }, { maxconn: 1, maxqueue: 1 }]);
    backend.servers[0]!.take(0);
    expect(backend.connectionSlots()).toBe(16);
  });

  test("a disabled server starts in maintenance", () => {
    const backend = backendOf([{ disabled: true }, {}]);
    expect(backend.servers[0]!.admin).toBe("maint");
    expect(backend.servers[0]!.isUp()).toBe(false);
    expect(backend.servers[0]!.operational).toBe("stopped");
    expect(backend.usableServers()).toBe(1);
    backend.servers[0]!.setAdmin("ready", 0);
    expect(backend.usableServers()).toBe(2);
  });
});
