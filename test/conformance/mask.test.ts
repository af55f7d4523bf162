import { expect, test } from "bun:test";
import { masked } from "./mask.ts";

const masks = {
  replace: [["13357", "<port>"], ["/tmp/x-1", "<folder>"]],
  patterns: [/a+b/],
} as const;

test("a port is masked where it stands alone", () => {
  expect(masked("127.0.0.1:13357 and 13357", masks)).toBe("127.0.0.1:<port> and <port>");
});

test("the digits of a port within a longer number stay: a hash holds them by chance", () => {
  expect(masked("[641335690] [113357] [133570]", masks)).toBe("[641335690] [113357] [133570]");
});

test("folders and patterns are masked", () => {
  expect(masked("/tmp/x-1/f aab", masks)).toBe("<folder>/f <masked>");
});
