import { describe, expect, test } from "bun:test";
import type { LogTarget } from "../../src/config/plan.ts";
import { LogSender } from "../../src/observe/log_sender.ts";
import { Kept, target } from "./logs.ts";

/** Half a millisecond more, for the microseconds. */
const now = new Date(2026, 10, 4, 3, 29, 29, 243).getTime() + 0.5;
const identity = { tag: "mytag", hostname: undefined, pid: 7207 };

function zone(): string {
  const offset = -new Date(now).getTimezoneOffset();
  const digits = (n: number) => String(n).padStart(2, "0");
  const size = Math.abs(offset);
  return `${offset < 0 ? "-" : "+"}${digits(Math.floor(size / 60))}:${digits(size % 60)}`;
}

function sent(parts: Partial<LogTarget>, level: number, hostname?: string): string[] {
  const kept = new Kept();
  new LogSender(target(parts), { ...identity, hostname }, kept).send(level, "hello", now);
  return kept.lines;
}

describe("formats, as haproxy writes them", () => {
  const date = "2026-11-04T03:29:29.243500";
  const lines: readonly [LogTarget["format"], string][] = [
    ["rfc3164", "<142>Nov  4 03:29:29 mytag[7207]: hello\n"],
    ["rfc5424", `<142>1 ${date}${zone()} - mytag 7207 - - hello\n`],
    ["short", "<6>hello\n"],
    ["timed", `<6>${date}${zone()} hello\n`],
    ["iso", `${date}${zone()} hello\n`],
    ["priority", "<142>hello\n"],
    ["raw", "hello\n"],
  ];
  for (const [format, line] of lines) {
    test(format, () => expect(sent({ format }, 6)).toEqual([line]));
  }

  test("log-send-hostname names the host", () => {
    expect(sent({ format: "rfc3164" }, 6, "h1")).toEqual([
      "<142>Nov  4 03:29:29 h1 mytag[7207]: hello\n",
    ]);
    expect(sent({ format: "rfc5424" }, 6, "h1")).toEqual([
      `<142>1 ${date}${zone()} h1 mytag 7207 - - hello\n`,
    ]);
  });
});

test("less severe than the level is not sent, more severe than the minimum is sent as that", () => {
  expect(sent({ level: 4 }, 5)).toEqual([]);
  expect(sent({ level: 4 }, 4)).toEqual(["hello\n"]);
  expect(sent({ format: "priority", minLevel: 3 }, 1)).toEqual(["<139>hello\n"]);
  expect(sent({ format: "priority", minLevel: 3 }, 6)).toEqual(["<142>hello\n"]);
});

test("a line is cut to the length, its end included", () => {
  const kept = new Kept();
  const sender = new LogSender(target({ format: "short", length: 80 }), identity, kept);
  sender.send(6, "x".repeat(200), now);
  expect(kept.lines).toEqual([`<6>${"x".repeat(76)}\n`]);
  expect(kept.lines[0]!.length).toBe(80);
});

test("samples share the logs out", () => {
  const kept = new Kept();
  const sample = { ranges: [[1, 1], [3, 4]] as const, size: 5 };
  const sender = new LogSender(target({ sample }), identity, kept);
  for (let i = 1; i <= 11; i++) sender.send(6, String(i), now);
  expect(kept.lines).toEqual(["1\n", "3\n", "4\n", "6\n", "8\n", "9\n", "11\n"]);
});
