import { describe, expect, test } from "bun:test";
import { commandBytesMax, CommandReader, splitWords } from "../../src/control/command_line.ts";

function commands(text: string, pieceBytes = text.length): unknown[] {
  const reader = new CommandReader();
  const found: unknown[] = [];
  for (let at = 0; at < text.length; at += pieceBytes) {
    reader.add(text.slice(at, at + pieceBytes));
    for (let reading = reader.next(); reading.kind === "command"; reading = reader.next()) {
      const { words, payload } = reading.command;
      found.push(payload === undefined ? words.join("|") : [words.join("|"), payload]);
    }
  }
  return found;
}

describe("a command line", () => {
  test.each([
    ["show info\n", ["show|info"]],
    ["show info\r\n", ["show|info"]],
    ["show info;show stat\n", ["show|info", "show|stat"]],
    [" show \t info  \n", ["show|info"]],
    ["\n;\n", ["", "", ""]],
    ["a b\\;c d\n", ["a|b;c|d"]],
    ["a b\\ c d\n", ["a|b c|d"]],
    ["a b\\\\c\n", ["a|b\\c"]],
    ["a b\\\\;c\n", ["a|b\\", "c"]],
    ["show info", []],
    ["add map #0 <<\nk 1\nl 2;3\n\nshow map\n", [["add|map|#0", "k 1\nl 2;3"], "show|map"]],
    ["set x <<%EOF%\na\n\nb\n%EOF%\nq\n", [["set|x", "a\n\nb"], "q"]],
    ["add map #0 <<\n\n", [["add|map|#0", ""]]],
    ["a <<toolongend\n", ["a|<<toolongend"]],
  ])("%j is read, whatever pieces it comes in", (text, expected) => {
    for (const pieceBytes of [1, 2, 3, text.length]) {
      expect(commands(text, pieceBytes)).toEqual(expected);
    }
  });

  test("has a limit, and so has its payload", () => {
    for (
      const text of ["x".repeat(commandBytesMax + 1), `a <<\n${"x\n".repeat(commandBytesMax)}`]
    ) {
      const reader = new CommandReader();
      reader.add(text);
      expect(reader.next().kind).toBe("too-long");
    }
  });

  test("may end with a backslash", () => {
    expect(splitWords("a b\\")).toEqual(["a", "b"]);
  });
});
