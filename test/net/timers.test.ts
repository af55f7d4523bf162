import { afterEach, beforeEach, describe, expect, spyOn, test } from "bun:test";
import { clock } from "../../src/net/clock.ts";
import { onFault } from "../../src/net/event_fault.ts";
import { type Alarm, Timer, TimerWheel } from "../../src/net/timers.ts";

const slotMs = 16;

/** Time that stands still unless it is moved, and the one alarm that the wheel has set. */
class ManualAlarm implements Alarm {
  now = 1000;
  at = Infinity;
  #wake: () => void = () => {};

  set(at: number, wake: () => void): void {
    this.at = at;
    this.#wake = wake;
  }

  /** Rings whenever the wheel has asked for it, up to `ms` from now. */
  pass(ms: number): void {
    const until = this.now + ms;
    while (this.at <= until) {
      this.now = Math.max(this.now, this.at);
      this.at = Infinity;
      this.#wake();
    }
    this.now = until;
    clock.tick();
  }

  /** The process was held up: the alarm rings late. */
  stall(ms: number): void {
    this.now += ms;
    this.pass(0);
  }
}

let alarm: ManualAlarm;
let wheel: TimerWheel;
let fired: string[];

function timer(name: string, then: () => void = () => {}): Timer {
  return new Timer(() => {
    fired.push(name);
    then();
  });
}

beforeEach(() => {
  alarm = new ManualAlarm();
  spyOn(performance, "now").mockImplementation(() => alarm.now);
  clock.tick();
  wheel = new TimerWheel(alarm);
  fired = [];
});

afterEach(() => {
  spyOn(performance, "now").mockRestore();
  clock.tick();
});

describe("a timer", () => {
  test("fires once, not before its deadline and a slot later at most", () => {
    wheel.set(timer("a"), 100);
    alarm.pass(99);
    expect(fired).toEqual([]);
    alarm.pass(1 + slotMs);
    expect(fired).toEqual(["a"]);
    alarm.pass(100_000);
    expect(fired).toEqual(["a"]);
  });

  test("fires before later ones, whichever was set first", () => {
    for (const ms of [500, 100, 300, 30_000, 200]) wheel.set(timer(`${ms}`), ms);
    alarm.pass(60_000);
    expect(fired).toEqual(["100", "200", "300", "500", "30000"]);
  });

  test.each([20_000, 60_000, 3_600_000])("of %p ms waits for more than a turn", (ms) => {
    wheel.set(timer("far"), ms);
    alarm.pass(ms - 1);
    expect(fired).toEqual([]);
    alarm.pass(1 + slotMs);
    expect(fired).toEqual(["far"]);
  });

  test("of no time fires in the next slot", () => {
    wheel.set(timer("a"), 0);
    expect(fired).toEqual([]);
    alarm.pass(2 * slotMs);
    expect(fired).toEqual(["a"]);
  });

  test("that is never set does not fire", () => {
    wheel.set(timer("a"), undefined);
    wheel.set(timer("b"), Infinity);
    alarm.pass(100_000);
    expect(fired).toEqual([]);
    expect(alarm.at).toBe(Infinity);
  });

  test("fires late when the process was held up, and so do all that are due", () => {
    for (const ms of [100, 200, 20_000, 50_000]) wheel.set(timer(`${ms}`), ms);
    alarm.stall(40_000);
    expect(fired).toEqual(["100", "200", "20000"]);
    alarm.pass(10_000 + slotMs);
    expect(fired).toEqual(["100", "200", "20000", "50000"]);
  });

  // A wheel that had been empty for a day once went through every slot of that day.
  test("after a long time without any is waited for from now on", () => {
    alarm.pass(24 * 3_600_000);
    wheel.set(timer("a"), 100);
    expect(alarm.at - alarm.now).toBeGreaterThanOrEqual(100);
    alarm.pass(100 + slotMs);
    expect(fired).toEqual(["a"]);
  });
});

describe("moving", () => {
  test("to later puts the deadline off", () => {
    const a = timer("a");
    wheel.set(a, 100);
    alarm.pass(90);
    wheel.set(a, 100);
    alarm.pass(99);
    expect(fired).toEqual([]);
    alarm.pass(1 + slotMs);
    expect(fired).toEqual(["a"]);
  });

  test("to earlier is heard of in time", () => {
    const a = timer("a");
    wheel.set(a, 50_000);
    wheel.set(a, 100);
    alarm.pass(100 + slotMs);
    expect(fired).toEqual(["a"]);
    alarm.pass(100_000);
    expect(fired).toEqual(["a"]);
  });

  test("costs no place in the wheel: ten thousand times is still one firing", () => {
    const a = timer("a");
    for (let i = 0; i < 10_000; i++) {
      wheel.set(a, 1000);
      alarm.pass(1);
    }
    alarm.pass(1000 + slotMs);
    expect(fired).toEqual(["a"]);
  });
});

describe("stopping", () => {
  test("clear stops it; it may be set again", () => {
    const a = timer("a");
    wheel.set(a, 100);
    wheel.clear(a);
    alarm.pass(1000);
    expect(fired).toEqual([]);
    wheel.set(a, 100);
    alarm.pass(100 + slotMs);
    expect(fired).toEqual(["a"]);
  });

  test("forget lets go of it at once, wherever it stands among the others", () => {
    const timers = ["a", "b", "c", "d"].map((name) => timer(name));
    for (const each of timers) wheel.set(each, 100);
    wheel.forget(timers[1]!);
    wheel.forget(timers[3]!);
    expect(timers.map(({ slot }) => slot === Infinity)).toEqual([false, true, false, true]);
    alarm.pass(100 + slotMs);
    expect(fired.sort()).toEqual(["a", "c"]);
    wheel.forget(timers[0]!);
  });
});

describe("within a turn, one that fires may", () => {
  test("forget, clear or move others that are due with it", () => {
    const others = ["forgotten", "cleared", "moved"].map((name) => timer(name));
    const [forgotten, cleared, moved] = others;
    wheel.set(
      timer("first", () => {
        wheel.forget(forgotten!);
        wheel.clear(cleared!);
        wheel.set(moved!, 500);
      }),
      100,
    );
    for (const other of others) wheel.set(other, 100);
    alarm.pass(100 + slotMs);
    expect(fired).toEqual(["first"]);
    alarm.pass(500 + slotMs);
    expect(fired).toEqual(["first", "moved"]);
  });

  test("set itself and new ones, which fire later and not in a loop", () => {
    let rounds = 0;
    const again = timer("again", () => {
      if (++rounds < 3) wheel.set(again, 0);
    });
    wheel.set(again, 0);
    wheel.set(timer("parent", () => wheel.set(timer("child"), 0)), 0);
    alarm.pass(10 * slotMs);
    expect(fired).toEqual(["again", "parent", "again", "child", "again"]);
  });

  test("fail, and the others fire all the same", () => {
    const faults: unknown[] = [];
    onFault((error) => faults.push(error));
    const broken = new Error("broken");
    wheel.set(
      timer("first", () => {
        throw broken;
      }),
      100,
    );
    wheel.set(timer("second"), 100);
    wheel.set(timer("third"), 1000);
    alarm.pass(2000);
    onFault((error) => console.error(error));
    expect(fired).toEqual(["first", "second", "third"]);
    expect(faults).toEqual([broken]);
  });
});
