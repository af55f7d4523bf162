import { expect, test } from "bun:test";
import { takeConnectionTokens } from "../../src/http/connection_fields.ts";
import { RequestHead } from "../../src/http/request_head.ts";

/** What is left of Connection, and what it asked for. */
function taken(...values: string[]) {
  const head = new RequestHead();
  for (const value of values) head.add("Connection", value);
  const wish = takeConnectionTokens(head);
  const left: string[] = [];
  for (let i = head.find("connection"); i >= 0; i = head.find("connection", i)) {
    left.push(head.value(i));
  }
  return { left, wish };
}

test("nobody is told that framing or Host end here", () => {
  expect(taken("Transfer-Encoding").left).toEqual([]);
  expect(taken("x-a, TRANSFER-encoding , foo").left).toEqual(["x-a, foo"]);
  expect(taken("Content-Length", "Host, X").left).toEqual(["X"]);
  const { left, wish } = taken("close, transfer-encoding");
  expect([left, wish.close]).toEqual([[], true]);
});

test("other nominated fields pass", () => {
  expect(taken("x-a, close, x-b").left).toEqual(["x-a, x-b"]);
  expect(taken("transfer-encodings").left).toEqual(["transfer-encodings"]);
});
