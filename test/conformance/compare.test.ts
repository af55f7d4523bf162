import { describe, expect, test } from "bun:test";
import { takeMessage } from "../support/http_message.ts";
import { unmet, verdict } from "./compare.ts";
import { differingNames } from "./differences.ts";
import type { Observation } from "./observation.ts";

function observation(status: string, field: string, fate: "kept" | "closed" = "kept"): Observation {
  const message = { framing: "none", trailers: [], truncated: false, body: "" } as const;
  return {
    clients: [{
      answers: [{ ...message, start: `HTTP/1.1 ${status}`, fields: [field] }],
      rest: "",
      fate,
    }],
    origins: [{ ...message, origin: "o1", start: "GET / HTTP/1.1", fields: ["host: a"] }],
    logs: [],
  };
}

describe("a comparison that cannot fail proves nothing", () => {
  const theirs = observation("200 OK", "x: 1");

  test("equal observations pass", () => {
    expect(verdict("any", observation("200 OK", "x: 1"), theirs, undefined)).toEqual([]);
  });

  test("a changed field shows as two lines", () => {
    const found = verdict("any", observation("200 OK", "x: 2"), theirs, undefined);
    expect(found.filter((line) => /^[-+]/.test(line))).toEqual(["-   x: 1", "+   x: 2"]);
  });

  test("another fate of the connection is seen", () => {
    expect(verdict("any", observation("200 OK", "x: 1", "closed"), theirs, undefined)).not.toEqual(
      [],
    );
  });

  test("a refusal passes only where it is listed as the safer answer", () => {
    const refusal = observation("400 Bad request", "x: 1", "closed");
    expect(verdict('Host "a b"', refusal, theirs, undefined)).toEqual([]);
    expect(verdict('Host "a.example"', refusal, theirs, undefined)).not.toEqual([]);
  });

  test("a listed difference overrules the reference", () => {
    const name = differingNames.find((one) => one === "byte 0x00 in a value") ?? "";
    expect(verdict(name, theirs, theirs, undefined)).not.toEqual([]);
    expect(verdict(name, observation("400 Bad request", "x: 1", "closed"), theirs, undefined))
      .toEqual([]);
  });

  test("an expectation names what it misses", () => {
    expect(unmet(theirs, { clients: ["404 kept"] })).toHaveLength(1);
    expect(unmet(theirs, { originWithout: ["host"] })).toHaveLength(1);
    expect(unmet(theirs, { clients: ["200 kept"], originFields: ["host: a"] })).toEqual([]);
  });
});

describe("messages are cut where their framing says", () => {
  const answer = { side: "answer", method: "GET", closed: false } as const;

  test.each([
    ["a length", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokrest", "ok", "rest"],
    [
      "chunks",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nrest",
      "ok",
      "rest",
    ],
    ["no body", "HTTP/1.1 204 No Content\r\n\r\nrest", "", "rest"],
  ])("%s", (_, text, body, rest) => {
    const taken = takeMessage(text, 0, answer);
    if (taken.kind !== "message") throw new Error(taken.kind);
    expect([taken.message.body, text.slice(taken.next)]).toEqual([body, rest]);
  });

  test("a body without a framing ends with the connection", () => {
    const text = "HTTP/1.1 200 OK\r\n\r\nbody";
    expect(takeMessage(text, 0, answer).kind).toBe("incomplete");
    expect(takeMessage(text, 0, { ...answer, closed: true }).kind).toBe("message");
  });

  test("a size that is no number is not passed over", () => {
    const text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
    expect(takeMessage(text, 0, answer).kind).toBe("malformed");
  });
});
