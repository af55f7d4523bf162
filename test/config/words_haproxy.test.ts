import { afterAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfiguration } from "../../src/config/load.ts";
import { State } from "../../src/state/state.ts";
import { haproxyAvailable } from "../support/haproxy.ts";

const haproxy = haproxyAvailable();
const folder = mkdtempSync(join(tmpdir(), "sluice-words-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, "words.cfg");
const environment = { ONE: "1", LIST: "a b  c", EMPTY: "", QUOTE: "'\"\\#" };

/**
 * haproxy 2.6 reads a line again when it needs more room for it than any line before, and stumbles
 * over defaults of variables that it has cut off by then. A long line first makes the room.
 */
const room = `.notice "${"x".repeat(4000)}"\n`;

/** What `.notice` says in each line, or `error: MESSAGE`, by line. */
type Spoken = Record<number, string>;

/** Its errors and notices, without those that say nothing of a line. */
function spokenByHaproxy(): Spoken {
  const path = haproxy.available ? haproxy.path : "";
  const run = Bun.spawnSync([path, "-c", "-f", file], { env: environment });
  const output = run.stderr.toString("latin1");
  const spoken: Spoken = {};
  const message =
    /\[(NOTICE|ALERT)\] +\(\d+\) : config : parsing \[[^\]]*:(\d+)\]: ([^]*?)\n(?=\[|$)/g;
  for (const [, level, line, text] of output.matchAll(message)) {
    spoken[Number(line)] ??= level === "NOTICE"
      ? text!.slice(1, -2)
      : `error: ${text!.split("\n")[0]!.replace(/[:.]$/, "")}`;
  }
  return spoken;
}

function spokenHere(): Spoken {
  const staged = new State().stage();
  const { diagnostics } = loadConfiguration([file], { staged, environment });
  const spoken: Spoken = {};
  for (const { severity, at, message } of diagnostics) {
    spoken[at.line] ??= severity === "notice"
      ? message.slice(1, -1)
      : `error: ${message.replace(/\.$/, "")}`;
  }
  return spoken;
}

const character = fc.constantFrom(..."ab1 \t\"'\\#$x{}[*]-_.nrtEONLIST");
const piece = fc.oneof(
  { weight: 3, arbitrary: character },
  fc.constantFrom(
    '"',
    "'",
    '\\"',
    "\\'",
    "\\\\",
    "\\ ",
    "\\#",
    "\\x41",
    "\\x4",
    "\\$",
    "é",
    "\xff",
  ),
  fc.constantFrom('"$ONE"', '"${ONE}"', "${ONE}", '"${NONE-x y}"', '"${ONE-x}"', '"${EMPTY-x}"'),
  fc.constantFrom('"${LIST[*]}"', '"${EMPTY[*]}"', '"a${LIST[*]}b"', '"$QUOTE"', '"${.LINE}"'),
);
const line = fc.array(piece, { minLength: 1, maxLength: 12 }).map((pieces) => pieces.join(""));

/** Line feeds would be ends of lines; what has none of a word says nothing. */
function lines(seed: number, count: number): string[] {
  return fc.sample(line, { numRuns: count, seed });
}

describe.skipIf(!haproxy.available)("words are haproxy's", () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    test(`random lines, seed ${seed}`, () => {
      // haproxy stops at the 50th error, so that a file has no more lines than that.
      for (const part of Array.from({ length: 8 }, (_, i) => lines(seed * 100 + i, 45))) {
        writeFileSync(file, room + part.map((one) => `.notice ${one}\n`).join(""), "latin1");
        const named = (spoken: Spoken) => part.map((one, i) => [one, spoken[i + 2]]);
        expect(named(spokenHere())).toEqual(named(spokenByHaproxy()));
      }
    });
  }
});
