import { beforeEach, describe, expect, test } from "bun:test";
import { chooseAddress, orderKey, type Preference } from "../../src/dns/choice.ts";
import type { Lookup } from "../../src/dns/lookup.ts";
import type { NameServerSettings, ResolverSettings } from "../../src/dns/settings.ts";
import { Resolver } from "../../src/dns/resolver.ts";
import { resolverDefaults } from "../../src/dns/settings.ts";
import { Address } from "../../src/lang/address.ts";
import { parseNetwork } from "../../src/lang/pattern/network.ts";
import { DnsServer, type Entry } from "../support/dns_server.ts";

/** A network without sockets, and a clock that a test turns. */
class Bench {
  now = 1_000_000;
  nextId = 1;
  readonly zones = new Map<string, Map<string, Entry>>();
  readonly asked: string[] = [];
  /** Answers wait until {@link deliver}. */
  holdsBack = false;
  #held: (() => void)[] = [];
  #timers = new Set<{ at: number; fn: () => void }>();
  readonly receivers = new Map<string, (message: Uint8Array) => void>();
  readonly resolver = new Resolver("r");

  start(settings: Partial<ResolverSettings>, ...servers: string[]): void {
    const nameServers = servers.map((name): NameServerSettings => {
      this.zones.set(name, this.zones.get(name) ?? new Map());
      return { name, over: "udp", host: "127.0.0.1", port: 53 };
    });
    this.resolver.start({ ...resolverDefaults, nameServers, ...settings }, {
      open: (server, received) => this.#open(server.name, received),
      schedule: (ms, fn) => {
        const timer = { at: this.now + ms, fn };
        this.#timers.add(timer);
        return () => this.#timers.delete(timer);
      },
      now: () => this.now,
      randomId: () => this.nextId++,
    });
  }

  #open(name: string, received: (message: Uint8Array) => void) {
    const speaker = new DnsServer();
    for (const [key, entry] of this.zones.get(name)!) speaker.zone.set(key, entry);
    this.zones.set(name, speaker.zone);
    this.receivers.set(name, received);
    return {
      send: (message: Uint8Array) => {
        const answer = speaker.answer(Buffer.from(message), "udp");
        this.asked.push(`${name} ${message[message.length - 14]}`);
        if (answer) this.#held.push(() => received(answer));
        if (!this.holdsBack) queueMicrotask(() => this.deliver());
        return true;
      },
      close: () => {},
    };
  }

  deliver(): void {
    for (const answer of this.#held.splice(0)) answer();
  }

  async settle(): Promise<void> {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  }

  async pass(ms: number): Promise<void> {
    const until = this.now + ms;
    for (;;) {
      await this.settle();
      const due = [...this.#timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#timers.delete(due);
      this.now = due.at;
      due.fn();
    }
    this.now = until;
    await this.settle();
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }
}

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});

const retryMs = resolverDefaults.retryMs;

describe("a name is asked for", () => {
  test("by the preferred type, and that is enough where it has an answer", async () => {
    bench.start({}, "ns");
    bench.zones.get("ns")!.set("x.test", { addresses: ["10.0.0.1"] });
    const lookup = bench.resolver.lookUp("X.test.", 4);
    await bench.settle();
    expect(String(lookup.address)).toBe("10.0.0.1");
    expect(bench.asked).toEqual(["ns 1"]);
  });

  test("by the other type at once when the first one has no answer", async () => {
    bench.start({}, "ns");
    bench.zones.get("ns")!.set("x.test", { addresses: ["10.0.0.1"] });
    const lookup = bench.resolver.lookUp("x.test", 6);
    await bench.settle();
    expect(String(lookup.address)).toBe("10.0.0.1");
    expect(bench.asked).toEqual(["ns 28", "ns 1"]);
  });

  // As real haproxy did with `timeout retry 300ms`: 1,28,1,28,1,28 and an end after 600 ms.
  test.each(["no such name", "refused", "failure", "truncated"] as const)(
    "three times under both types when it is answered with %s",
    async (instead) => {
      bench.start({}, "ns");
      bench.zones.get("ns")!.set("x.test", { instead });
      const lookup = bench.resolver.lookUp("x.test", 4);
      await bench.pass(2 * retryMs - 1);
      expect(lookup.settled).toBe(false);
      await bench.pass(1);
      expect(lookup.settled).toBe(true);
      expect(lookup.address).toBeUndefined();
      expect(bench.asked).toEqual(["ns 1", "ns 28", "ns 1", "ns 28", "ns 1", "ns 28"]);
    },
  );

  // As real haproxy did: 1,1,1 and an end after three times the timeout.
  test("three times under one type when nobody answers", async () => {
    bench.start({}, "ns");
    bench.zones.get("ns")!.set("x.test", { instead: "silence" });
    const lookup = bench.resolver.lookUp("x.test", 4);
    await bench.pass(3 * retryMs - 1);
    expect(lookup.settled).toBe(false);
    await bench.pass(1);
    expect(lookup.settled).toBe(true);
    expect(bench.asked).toEqual(["ns 1", "ns 1", "ns 1"]);
  });

  test("of all name servers, and one bad answer waits for the others", async () => {
    bench.start({}, "bad", "good");
    bench.zones.get("bad")!.set("x.test", { instead: "no such name" });
    bench.zones.get("good")!.set("x.test", { addresses: ["10.0.0.1"] });
    const lookup = bench.resolver.lookUp("x.test", 4);
    await bench.settle();
    expect(String(lookup.address)).toBe("10.0.0.1");
    expect(bench.asked).toEqual(["bad 1", "good 1"]);
  });

  test("never, when it is no name or the section does not work", () => {
    expect(bench.resolver.lookUp("x.test", 4).settled).toBe(true);
    bench.start({}, "ns");
    expect(bench.resolver.lookUp("a..b", 4).settled).toBe(true);
    expect(bench.asked).toEqual([]);
  });

  test("once for all who wait for it, and leaves nothing behind", async () => {
    bench.start({}, "ns");
    bench.zones.get("ns")!.set("x.test", { addresses: ["10.0.0.1"] });
    const lookups = [1, 2, 3].map(() => bench.resolver.lookUp("x.test", 4));
    lookups[0]!.abandon();
    await bench.settle();
    expect(lookups.map(({ address }) => String(address)))
      .toEqual(["undefined", "10.0.0.1", "10.0.0.1"]);
    expect(bench.asked).toEqual(["ns 1"]);
    expect(bench.pendingTimers).toBe(0);
  });

  test("not again while somebody follows it and its answer is fresh", async () => {
    bench.start({ holdValidMs: 500 }, "ns");
    bench.zones.get("ns")!.set("x.test", { addresses: ["10.0.0.1"] });
    const leave = bench.resolver.follow("x.test", 4, { answered: () => {}, failed: () => {} });
    await bench.pass(499);
    expect(String(bench.resolver.lookUp("x.test", 4).address)).toBe("10.0.0.1");
    expect(bench.asked).toHaveLength(1);
    await bench.pass(1);
    expect(bench.resolver.lookUp("x.test", 4).settled).toBe(false);
    await bench.settle();
    expect(bench.asked).toHaveLength(2);
    leave();
    expect(bench.pendingTimers).toBe(0);
  });
});

describe("a message that is not the answer changes nothing", () => {
  let counters: Record<string, number>;

  /** Bytes of the answer to be, before it is given. */
  function forge(change: (answer: Buffer) => Buffer | void): void {
    bench.holdsBack = true;
    bench.start({}, "ns");
    bench.zones.get("ns")!.set("x.test", { addresses: ["10.0.0.1"] });
    const speaker = new DnsServer();
    speaker.zone.set("x.test", { addresses: ["6.6.6.6"] });
    const lookup = bench.resolver.lookUp("x.test", 4);
    const question = Buffer.from("0178047465737400" + "00010001", "hex");
    const header = Buffer.from("000101000001000000000000", "hex");
    const answer = speaker.answer(Buffer.concat([header, question]), "udp")!;
    bench.receivers.get("ns")!(change(answer) ?? answer);
    counters = bench.resolver.nameServers[0]!.counters;
    expect(lookup.settled).toBe(false);
    bench.deliver();
    expect(String(lookup.address)).toBe("10.0.0.1");
  }

  test("another number", () => {
    forge((answer) => void answer.writeUInt16BE(2, 0));
    expect(counters).toMatchObject({ outdated: 1, valid: 1, invalid: 0 });
  });

  test("another name in the question", () => {
    forge((answer) => void answer.write("y", 13));
    expect(counters).toMatchObject({ invalid: 1, valid: 1 });
  });

  test("another type in the question", () => {
    forge((answer) => void answer.writeUInt16BE(28, 20));
    expect(counters).toMatchObject({ invalid: 1, valid: 1 });
  });

  test("no response", () => {
    forge((answer) => void answer.writeUInt16BE(0x0100, 2));
    expect(counters).toMatchObject({ invalid: 1, valid: 1 });
  });

  test("a size that was not accepted", () => {
    forge((answer) => Buffer.concat([answer, Buffer.alloc(513 - answer.length)]));
    expect(counters).toMatchObject({ too_big: 1, valid: 1 });
  });
});

test("an address that no answer has any more is kept as long as it is held", async () => {
  bench.start({ holdObsoleteMs: 2500, resolveMs: 1000 }, "ns");
  const zone = bench.zones.get("ns")!;
  zone.set("x.test", { addresses: ["10.0.0.1", "10.0.0.2"] });
  const seen: string[] = [];
  bench.resolver.follow("x.test", 4, {
    answered: ({ addresses }) => void seen.push(addresses.join(" ")),
    failed: () => void seen.push("failed"),
  });
  await bench.settle();
  bench.zones.get("ns")!.set("x.test", { addresses: ["10.0.0.2"] });
  await bench.pass(3000);
  const both = "10.0.0.1 10.0.0.2";
  expect(seen).toEqual([both, both, both, "10.0.0.2"]);
});

describe("of several addresses", () => {
  const any = { family: 6, networks: [], allowsDuplicates: false } satisfies Preference;
  const parsed = (texts: readonly string[]) =>
    texts.map((text) => Address.parse(text)!).sort((a, b) => orderKey(a) - orderKey(b));
  const choose = (
    texts: readonly string[],
    preference: Partial<Preference> = {},
    current?: string,
    taken: readonly string[] = [],
  ) => {
    const now = current === undefined ? undefined : Address.parse(current);
    const isTaken = (address: Address) => taken.includes(String(address));
    return String(chooseAddress(parsed(texts), { ...any, ...preference }, now, isTaken));
  };
  // What real haproxy took of these, one server after the other.
  const many = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.1.0.1", "10.1.0.2"];

  test("servers of one name take them in HAProxy's order", () => {
    expect(choose(many)).toBe("10.0.0.4");
    expect(choose(many, {}, undefined, ["10.0.0.4"])).toBe("10.0.0.1");
    expect(choose(many, {}, undefined, ["10.0.0.4", "10.0.0.1"])).toBe("10.0.0.2");
  });

  test("the one in a preferred network comes first", () => {
    expect(choose(many, { networks: [parseNetwork("10.1.0.0/16")] })).toBe("10.1.0.1");
  });

  test("the one that is there stays", () => {
    expect(choose(many, {}, "10.0.0.3")).toBe("10.0.0.3");
    expect(choose(many, { networks: [parseNetwork("10.1.0.0/16")] }, "10.0.0.3")).toBe("10.1.0.1");
  });

  test("the preferred family counts for most", () => {
    expect(choose(["::1", "10.0.0.1"])).toBe("::1");
    expect(choose(["::1", "10.0.0.1"], { family: 4 }, "::1")).toBe("10.0.0.1");
  });

  test("one that another server has is taken only where that is allowed", () => {
    expect(choose(["10.0.0.1"], {}, undefined, ["10.0.0.1"])).toBe("undefined");
    expect(choose(["10.0.0.1"], { allowsDuplicates: true }, undefined, ["10.0.0.1"]))
      .toBe("10.0.0.1");
    expect(choose(many, { allowsDuplicates: true }, undefined, ["10.0.0.4"])).toBe("10.0.0.1");
  });
});

// It was asked for by a section whose clock was gone: the request waited for ever.
test("whoever asks again while a section stops is told at once that there is no answer", () => {
  bench.start({}, "ns");
  bench.holdsBack = true;
  const first = bench.resolver.lookUp("first.test", 4);
  let second: Lookup | undefined;
  first.onSettled = () => second = bench.resolver.lookUp("second.test", 4);
  bench.resolver.stop();
  expect([first.settled, second?.settled, second?.address]).toEqual([true, true, undefined]);
  expect(bench.pendingTimers).toBe(0);
});
