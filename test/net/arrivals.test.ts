import { expect, test } from "bun:test";
import { arrive, type SocketSignal } from "../../src/net/arrivals.ts";
import type { Connection } from "../../src/net/connection.ts";
import { Outbox } from "../../src/net/outbox.ts";

const turn = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));

function recorder(name: string, seen: string[]) {
  return {
    receive(arrival: Uint8Array | SocketSignal): void {
      seen.push(name + " " + (typeof arrival === "string" ? arrival : arrival.length));
    },
  };
}

test("what one turn of the event loop brings is handled at its end, in order", async () => {
  const seen: string[] = [];
  const [a, b] = [recorder("a", seen), recorder("b", seen)];
  arrive(a, "open");
  arrive(b, new Uint8Array(7));
  arrive(a, new Uint8Array(5));
  arrive(a, "close");
  expect(seen).toEqual([]);
  await turn();
  expect(seen).toEqual(["a open", "b 7", "a 5", "a close"]);
});

test("what arrives while others are handled waits for the next turn", async () => {
  const seen: string[] = [];
  const late = recorder("late", seen);
  arrive({
    receive() {
      arrive(late, "end");
      seen.push("first");
    },
  }, "open");
  await turn();
  await turn();
  expect(seen).toEqual(["first", "late end"]);
});

test("bytes are not gathered without limit", () => {
  const seen: string[] = [];
  const a = recorder("a", seen);
  arrive(a, new Uint8Array(10));
  arrive(a, new Uint8Array(100_000));
  expect(seen).toEqual(["a 10", "a 100000"]);
});

test("what the handlers write goes out behind the last of them", async () => {
  const seen: string[] = [];
  const out = new Outbox();
  out.connection = {
    write: (_: Uint8Array, from: number, to: number) => {
      seen.push(`write ${to - from}`);
      return to - from;
    },
  } as unknown as Connection;
  arrive({ receive: () => out.text("abc") }, "open");
  arrive(recorder("b", seen), "open");
  await turn();
  expect(seen).toEqual(["b open", "write 3"]);
});
