import { afterEach, describe, expect, test } from "bun:test";
import { loadConfiguration } from "../../src/config/load.ts";
import type { Plan } from "../../src/config/plan.ts";
import { Address } from "../../src/lang/address.ts";
import { processFacts } from "../../src/proxy/process_facts.ts";
import { Counter } from "../../src/state/counter.ts";
import { State } from "../../src/state/state.ts";
import { OrdersNews } from "../../src/takeover/server_orders.ts";
import { StateHeritage } from "../../src/takeover/state_heritage.ts";
import { ManualClock } from "../backend/plans.ts";
import { StateNews } from "../../src/takeover/state_news.ts";

const text = (b = "") => `
frontend fe
  mode http
  bind 127.0.0.1:1
  default_backend be
  timeout client 1s
backend be
  mode http
  timeout connect 1s
  timeout server 1s
  server a 127.0.0.1:2 check
  server b 127.0.0.1:3${b}
  server named server.example:4
`;

const clock = new ManualClock();

/** A State and a Plan over it, as a process has them. */
function made(configuration: string): { state: State; plan: Plan; commit(): void } {
  const state = new State({ clock });
  const staged = state.stage();
  const readFile = () => configuration;
  const { plan } = loadConfiguration(["site.cfg"], { staged, readFile });
  return { state, plan: plan!, commit: () => staged.commit(plan!) };
}

/** A running process, and one that has begun to go on from its State. */
function both(configuration = text()) {
  const old = made(text());
  old.commit();
  const next = made(configuration);
  const news = new StateNews(old.state, () => 0);
  const heritage = new StateHeritage(clock);
  const serverOf = ({ state }: { state: State }, name: string) =>
    state.backends.get("be")!.server(name)!;
  const begin = () => {
    heritage.begin(next.plan, news.beforeServing());
    next.commit();
  };
  return { old, next, news, heritage, begin, serverOf };
}

afterEach(() => {
  processFacts.variables = undefined;
  processFacts.requests = 0;
});

describe("State goes on in another process", () => {
  test("with what has changed between the first word and the first client", () => {
    const { old, next, news, heritage, begin, serverOf } = both(text(" weight 3"));
    const now = old.state.clock.now();
    old.state.frontends.get("fe")!.count(Counter.req_tot, 5);
    serverOf(old, "b").setWeight(9);
    begin();
    // The new line says otherwise of this one.
    expect(serverOf(next, "b").weight).toBe(3);
    serverOf(old, "a").markDown({ kind: "command" }, now);
    serverOf(old, "b").setAdmin("drain", now);
    old.state.frontends.get("fe")!.count(Counter.req_tot, 2);
    old.state.frontends.get("fe")!.requestReceived(now);
    heritage.learn(next.plan, news.beforeServing(), "before serving");
    expect(serverOf(next, "a").operational).toBe("stopped");
    expect([serverOf(next, "b").admin, serverOf(next, "b").weight]).toEqual(["drain", 3]);
    expect(next.state.backends.get("be")!.server("named")!.usable).toBe(true);
    const frontend = next.state.frontends.get("fe")!;
    expect([frontend.get(Counter.req_tot), frontend.requestRate()]).toEqual([8, 1]);
  });

  test("and what the old one counts yet adds up, in rates as well", () => {
    const { old, next, news, heritage, begin } = both();
    begin();
    const [before, after] = [old, next].map(({ state }) => state.frontends.get("fe")!);
    const now = clock.now();
    for (let i = 0; i < 3; i++) before!.requestReceived(now);
    after!.requestReceived(now);
    heritage.learn(next.plan, news.whileServing(), "while serving");
    heritage.learn(next.plan, news.whileServing(), "while serving");
    expect([after!.get(Counter.req_tot), after!.requestRate()]).toEqual([4, 4]);
  });

  test("without the rows that it does not know, or that are not what they should be", () => {
    const { next, news, heritage, begin, serverOf, old } = both();
    begin();
    serverOf(old, "b").setWeight(9);
    const parts = [
      { part: "stick-tables", version: 1, data: [{ table: "t" }] },
      { part: "servers", version: 2, data: "another form" },
      { part: "counters", version: 1, data: [{ kind: "frontend" }] },
      ...news.beforeServing(),
    ];
    for (const part of parts) heritage.learn(next.plan, [part], "before serving");
    expect(serverOf(next, "b").weight).toBe(9);
    expect(next.state.frontends.get("fe")!.get(Counter.req_tot)).toBe(0);
  });

  test("with variables of the process, as long as nobody has set them here", () => {
    const { next, heritage } = both();
    const told = (value: string) => [{
      part: "variables",
      version: 1,
      data: ["kept", "set"].map((name) => [name, { type: "str", value }]),
    }];
    processFacts.variables = new Map();
    heritage.begin(next.plan, told("first"));
    heritage.learn(next.plan, told("second"), "before serving");
    processFacts.variables.set("set", "here");
    heritage.learn(next.plan, told("third"), "while serving");
    expect([...processFacts.variables]).toEqual([["kept", "third"], ["set", "here"]]);
  });
});

describe("what an operator changes while two processes serve", () => {
  /** Two processes whose configurations differ in a server's weight. */
  function serving() {
    const [one, other] = [made(text()), made(text(" weight 3"))];
    for (const { commit } of [one, other]) commit();
    const serverOf = ({ state }: { state: State }, name: string) =>
      state.backends.get("be")!.server(name)!;
    let micros = 0;
    const now = () => ++micros;
    const orders = [
      new OrdersNews(one.state, now, "theirs"),
      new OrdersNews(other.state, now, "own"),
    ];
    return { one, other, orders, serverOf };
  }

  test("holds in the other one, and is told once", () => {
    const { one, other, orders, serverOf } = serving();
    serverOf(one, "b").setAdmin("drain", clock.now());
    serverOf(one, "b").setAdmin("maint", clock.now());
    serverOf(one, "a").setAddress(Address.parse("192.0.2.7"), 80);
    serverOf(one, "a").setMaxconn(5);
    orders[1]!.learn(orders[0]!.news());
    const [a, b] = [serverOf(other, "a"), serverOf(other, "b")];
    expect([String(a.address), a.port, a.maxconn]).toEqual(["192.0.2.7", 80, 5]);
    expect([b.admin, b.draining]).toEqual(["maint", true]);
    // Nobody has said anything of it.
    expect(b.weight).toBe(3);
    expect([orders[0]!.news(), orders[1]!.news()]).toEqual([[], []]);
  });

  test("may be taken back in the other one", () => {
    const { one, other, orders, serverOf } = serving();
    serverOf(one, "b").setAdmin("maint", clock.now());
    orders[1]!.learn(orders[0]!.news());
    serverOf(other, "b").setAdmin("ready", clock.now());
    orders[0]!.learn(orders[1]!.news());
    expect(serverOf(one, "b").admin).toBe("ready");
  });

  test("of two words that cross, the later one holds of each field, whoever hears first", () => {
    for (const last of [0, 1]) {
      for (const first of [0, 1]) {
        const { one, other, orders, serverOf } = serving();
        const servers = [one, other].map((process) => serverOf(process, "a"));
        const weights = [10, 20];
        servers[1 - last]!.setWeight(weights[1 - last]!);
        servers[1 - last]!.setMaxconn(7);
        const early = orders.map((one) => one.news());
        servers[last]!.setWeight(weights[last]!);
        const late = orders.map((one) => one.news());
        for (const to of [first, 1 - first]) {
          orders[to]!.learn([...early[1 - to]!, ...late[1 - to]!]);
        }
        for (const to of [0, 1]) orders[to]!.learn(orders[1 - to]!.news());
        expect(servers.map(({ weight, maxconn }) => [weight, maxconn])).toEqual(
          servers.map(() => [weights[last]!, 7]),
        );
      }
    }
  });

  test("is not what name servers say of a server: each process asks them", () => {
    const { one, other, orders, serverOf } = serving();
    serverOf(one, "named").setAddress(Address.parse("192.0.2.7"), 4);
    expect(orders[0]!.news()).toEqual([]);
    serverOf(one, "named").setAddress(Address.parse("192.0.2.8"), 5);
    orders[1]!.learn(orders[0]!.news());
    const { address, port } = serverOf(other, "named");
    expect([address, port]).toEqual([undefined, 5]);
  });
});
