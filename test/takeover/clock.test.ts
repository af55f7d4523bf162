import { afterEach, beforeEach, expect, test } from "bun:test";
import { Glob } from "bun";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { project } from "../../scripts/project.ts";
import { play } from "./stage/conversation.ts";

const real = Date.now;
const dayMs = 24 * 60 * 60 * 1000;

/** Each look at the wall clock is a day before the last one, or two after it. */
beforeEach(() => {
  let looks = 0;
  Date.now = () => real() + (++looks % 2 === 0 ? -dayMs : dayMs) * looks;
});
afterEach(() => {
  Date.now = real;
});

test("a wall clock that jumps hurries nobody, and lets nobody wait for longer", async () => {
  const well = await play(6);
  expect(well.ended).toEqual({ old: { kind: "handed over" }, next: { kind: "taken over" } });
  const silent = await play(2, ({ newChannel, old }) => {
    const say = newChannel.say.bind(newChannel);
    newChannel.say = (name, ...rest) => {
      if (!["alive", "state", "prepared"].includes(name)) say(name, ...rest);
    };
    old.freeze = () => undefined;
  });
  expect(silent.ended.old).toEqual({
    kind: "kept",
    why: "the other process did not answer in time",
  });
});

test("no deadline of a takeover, and no time that moves with a connection, is the wall clock's", () => {
  const files = ["src/takeover/*.ts", "src/proxy/move/*.ts"]
    .flatMap((pattern) => [...new Glob(pattern).scanSync(project.root)]);
  const looks = files.filter((file) =>
    /\bDate\b/.test(readFileSync(join(project.root, file), "utf8"))
  );
  expect(files.length).toBeGreaterThan(40);
  // It says when a takeover was, and measures nothing by that.
  expect(looks).toEqual(["src/takeover/takeover_report.ts"]);
});
