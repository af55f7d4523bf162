import { describe, expect, test } from "bun:test";
import { releaseServer, RequestQueues } from "../../src/backend/queue.ts";
import { retryServer, selectServer } from "../../src/backend/selection.ts";
import type { ServerPlan } from "../../src/config/server_plan.ts";
import { Counter } from "../../src/state/counter.ts";
import { ManualTime } from "./manual_time.ts";
import { type BackendParts, clientAt, makeBackend } from "./plans.ts";

const cx = clientAt("127.0.0.1");

class Waiting {
  outcome = "waiting";
  onServer(server: ServerPlan): void {
    this.outcome = server.name;
  }
  onQueueTimeout(): void {
    this.outcome = "timeout";
  }
}

function rig(parts: BackendParts) {
  const time = new ManualTime();
  const queues = new RequestQueues(time.schedule);
  const backend = makeBackend({ ...parts, clock: time, observers: [queues] });
  const wait = (server?: ServerPlan) => {
    const waiting = new Waiting();
    return { waiting, ticket: queues.wait(backend, server, cx, waiting) };
  };
  return { time, backend, wait };
}

describe("choosing", () => {
  test("takes a place until it is released", () => {
    const { backend } = rig({ servers: [{ name: "a", maxconn: 1 }] });
    const [a] = backend.servers;
    expect(selectServer(backend, cx)).toMatchObject({
      kind: "server",
      server: { name: "a" },
      direct: false,
    });
    expect(a!.state.connections()).toBe(1);
    expect(selectServer(backend, cx)).toEqual({ kind: "queue", server: undefined });
    releaseServer(a!.state);
    expect(selectServer(backend, cx).kind).toBe("server");
    expect(backend.state.get(Counter.lbtot)).toBe(2);
  });

  test("without a usable server there is none", () => {
    const { backend } = rig({ servers: [{ name: "a" }] });
    backend.servers[0]!.state.markDown({ kind: "command" }, 0);
    expect(selectServer(backend, cx)).toEqual({ kind: "none", cause: "no-server" });
  });

  test("use-server names one that is up, full or not; one that is down is passed over", () => {
    const { backend } = rig({ servers: [{ name: "a", maxconn: 1, maxqueue: 1 }, { name: "b" }] });
    const [a, b] = backend.servers;
    const rules = [a!, b!].map((target) => ({ condition: undefined, target, at: target.at }));
    (backend as { useServer: unknown }).useServer = rules;
    expect(selectServer(backend, cx)).toMatchObject({
      kind: "server",
      server: { name: "a" },
      direct: true,
    });
    expect(selectServer(backend, cx)).toEqual({ kind: "queue", server: a! });
    a!.state.markDown({ kind: "command" }, 0);
    expect(selectServer(backend, cx)).toMatchObject({ server: { name: "b" }, direct: true });
  });

  test("use-server by a format takes the server of that name, if there is one", () => {
    const { backend } = rig({ servers: [{ name: "a" }, { name: "b" }] });
    const rule = (name: string) => ({
      condition: undefined,
      target: { render: () => name },
      at: backend.at,
    });
    (backend as { useServer: unknown }).useServer = [rule("nobody"), rule("b")];
    expect(selectServer(backend, cx)).toMatchObject({ server: { name: "b" }, direct: true });
  });

  test("a full queue turns away", () => {
    const { backend, wait } = rig({
      servers: [{ name: "a", maxconn: 1, maxqueue: 1 }],
      plan: { balance: { kind: "source" } },
    });
    const [a] = backend.servers;
    selectServer(backend, cx);
    expect(selectServer(backend, cx)).toEqual({ kind: "queue", server: a! });
    wait(a);
    expect(selectServer(backend, cx)).toMatchObject({ cause: "queue-full", server: { name: "a" } });
  });

  test("retries and redispatches are counted on the server that failed", () => {
    const { backend } = rig({ servers: [{ name: "a" }, { name: "b" }] });
    const [a, b] = backend.servers;
    selectServer(backend, cx);
    releaseServer(a!.state);
    retryServer(backend, a!, 0);
    releaseServer(a!.state);
    expect(selectServer(backend, cx, a)).toMatchObject({ server: { name: "b" } });
    expect([a!.state.get(Counter.wretr), a!.state.get(Counter.wredis)]).toEqual([1, 1]);
    expect([b!.state.get(Counter.wretr), b!.state.get(Counter.wredis)]).toEqual([0, 0]);
    expect(backend.state.get(Counter.wredis)).toBe(1);
  });
});

describe("waiting", () => {
  test("places go to whoever came first, over both queues", () => {
    const { backend, wait } = rig({ servers: [{ name: "a", maxconn: 1 }] });
    const [a] = backend.servers;
    selectServer(backend, cx);
    const first = wait();
    const second = wait(a);
    const third = wait();
    expect(backend.state.queued()).toBe(3);
    const outcomes = () => [first, second, third].map(({ waiting }) => waiting.outcome);
    releaseServer(a!.state);
    expect(outcomes()).toEqual(["a", "waiting", "waiting"]);
    releaseServer(a!.state);
    expect(outcomes()).toEqual(["a", "a", "waiting"]);
    releaseServer(a!.state);
    expect(outcomes()).toEqual(["a", "a", "a"]);
    const positions = [first, second, third].map(({ ticket }) => [
      ticket.serverPosition,
      ticket.backendPosition,
    ]);
    expect(positions).toEqual([[0, 1], [1, 0], [0, 2]]);
    expect(a!.state.connections()).toBe(1);
    expect(backend.state.queued()).toBe(0);
    expect(backend.state.get(Counter.qmax)).toBe(2);
  });

  test("timeout queue, or timeout connect without it, ends the wait", () => {
    const { backend, wait, time } = rig({ servers: [{ name: "a", maxconn: 1 }] });
    selectServer(backend, cx);
    const { waiting } = wait();
    time.advance(999);
    expect(waiting.outcome).toBe("waiting");
    time.advance(1);
    expect(waiting.outcome).toBe("timeout");
    releaseServer(backend.servers[0]!.state);
    expect(waiting.outcome).toBe("timeout");
    expect(time.pending()).toEqual([]);
  });

  test("who has left gets nothing", () => {
    const { backend, wait, time } = rig({ servers: [{ name: "a", maxconn: 1 }] });
    selectServer(backend, cx);
    const gone = wait();
    const stays = wait();
    gone.ticket.cancel();
    releaseServer(backend.servers[0]!.state);
    expect(gone.waiting.outcome).toBe("waiting");
    expect(stays.waiting.outcome).toBe("a");
    expect(time.pending()).toEqual([]);
  });

  test("a server that comes up takes from the backend's queue", () => {
    const { backend, wait } = rig({
      servers: [{ name: "a", maxconn: 1 }, { name: "b", maxconn: 1 }],
    });
    const b = backend.servers[1]!.state;
    b.markDown({ kind: "command" }, 0);
    selectServer(backend, cx);
    const { waiting } = wait();
    b.markUp({ kind: "command" }, 0);
    expect(waiting.outcome).toBe("b");
  });

  test("a higher maxconn lets waiting requests through", () => {
    const { backend, wait } = rig({ servers: [{ name: "a", maxconn: 1 }] });
    selectServer(backend, cx);
    const waiting = [wait(), wait()];
    backend.servers[0]!.state.setMaxconn(3);
    expect(waiting.map(({ waiting }) => waiting.outcome)).toEqual(["a", "a"]);
  });

  test("a backup takes nothing while active servers serve", () => {
    const { backend, wait } = rig({
      servers: [{ name: "a", maxconn: 1 }, { name: "b", backup: true, maxconn: 1 }],
    });
    selectServer(backend, cx);
    const { waiting } = wait();
    backend.servers[1]!.state.setWeight(5);
    expect(waiting.outcome).toBe("waiting");
    backend.servers[0]!.state.markDown({ kind: "command" }, 0);
    expect(waiting.outcome).toBe("b");
  });

  test("a server's queue moves on when it goes down, if redispatch allows", () => {
    for (const [redispatch, outcome] of [[1, "b"], [undefined, "waiting"]] as const) {
      const { backend, wait } = rig({
        servers: [{ name: "a", maxconn: 1 }, { name: "b" }],
        plan: { redispatch },
      });
      const [a] = backend.servers;
      selectServer(backend, cx);
      const { waiting } = wait(a);
      a!.state.markDown({ kind: "command" }, 0);
      expect(waiting.outcome).toBe(outcome);
    }
  });

  test("minconn grows to maxconn with the backend's load", () => {
    const { backend } = rig({
      servers: [{ name: "a", minconn: 2, maxconn: 10 }],
      plan: { fullconn: 100 },
    });
    const { state } = backend.servers[0]!;
    expect(state.connectionLimit()).toBe(2);
    for (let i = 0; i < 50; i++) backend.state.sessionOpened(0);
    expect(state.connectionLimit()).toBe(5);
    for (let i = 0; i < 50; i++) backend.state.sessionOpened(0);
    expect(state.connectionLimit()).toBe(10);
  });
});
