import { expect, test } from "bun:test";
import { BunConnection } from "../../src/net/bun.ts";
import { openedTurns } from "../../src/net/epoll/turns.ts";
import { seamCases, useSockets } from "./stage/seam_cases.ts";
import { pair } from "./stage/told.ts";

useSockets("runtime");
seamCases(BunConnection);

test("who asks for the runtime's sockets has them", async () => {
  const { told, stop } = await pair();
  expect(openedTurns()).toBeUndefined();
  expect(told.connection).toBeInstanceOf(BunConnection);
  stop();
});
