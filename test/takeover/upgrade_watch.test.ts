import { afterEach, beforeEach, expect, jest, test } from "bun:test";
import { Progress } from "../../src/takeover/progress.ts";
import { type StartedSuccessor, UpgradeWatch } from "../../src/takeover/upgrade_watch.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** A successor as a worker sees one that its master has started. */
function startedByMaster() {
  const end = Promise.withResolvers<string>();
  const done: string[] = [];
  const successor: StartedSuccessor = {
    pid: 7,
    kill() {
      done.push("kill");
      end.resolve("ended with signal 9");
    },
    exited: end.promise,
    // Nothing more is heard of it.
    release() {
      done.push("release");
      end.resolve("is unknown: the master is gone");
    },
  };
  return { successor, done, end };
}

/** A process that was replaced ended a second later than it said, for the sake of a timer. */
test("nothing is left to wait for once it is known what became of a successor", async () => {
  const ends = { "handed over": ["release"], kept: ["kill", "release"] } as const;
  for (const [kind, does] of Object.entries(ends)) {
    const { successor, done, end } = startedByMaster();
    const watch = new UpgradeWatch(() => {});
    const running = watch.run(successor, 1000);
    watch.reached("listeners", new Progress(() => {}));
    const result = kind === "kept"
      ? { kind, why: "no such port" }
      : { kind: "handed over" as const };
    watch.ended(result as never, new Progress(() => {}));
    expect(await running).toEqual(result as never);
    await end.promise;
    expect([done, jest.getTimerCount()]).toEqual([[...does], 0]);
  }
});

test("its last words have a second to come after the news of its end", async () => {
  const { successor, end } = startedByMaster();
  const watch = new UpgradeWatch(() => {});
  const running = watch.run(successor, 1000);
  watch.reached("listeners", new Progress(() => {}));
  end.resolve("ended with status 1");
  await end.promise;
  expect(jest.getTimerCount()).toBe(1);
  watch.ended({ kind: "kept", why: "no such port" }, new Progress(() => {}));
  expect(await running).toEqual({ kind: "kept", why: "no such port" });
  expect(jest.getTimerCount()).toBe(0);
});
