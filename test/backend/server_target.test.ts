import { expect, test } from "bun:test";
import { serverTarget } from "../../src/backend/server_target.ts";
import { Address } from "../../src/lang/address.ts";
import type { ClientFacts } from "../../src/lang/context.ts";
import { makeBackend } from "./plans.ts";

const client = { dst: Address.parse("198.51.100.9"), dstPort: 8000 } as ClientFacts;

function targetOf(host: string, port: number, portOffset = false) {
  const address = { kind: "tcp", host, port, portOffset } as const;
  return serverTarget(makeBackend({ servers: [{ name: "a", address }] }).servers[0]!, client);
}

test("a server is reached where its line says", () => {
  expect(targetOf("127.0.0.1", 80)).toEqual({ kind: "tcp", host: "127.0.0.1", port: 80 });
  expect(targetOf("app.internal", 80)).toEqual({ kind: "tcp", host: "app.internal", port: 80 });
});

test("without a port, or with a relative one, the client's destination port counts", () => {
  expect(targetOf("127.0.0.1", 0)).toMatchObject({ port: 8000 });
  expect(targetOf("127.0.0.1", 10, true)).toMatchObject({ port: 8010 });
  expect(targetOf("127.0.0.1", -10, true)).toMatchObject({ port: 7990 });
});

test("the wildcard address is the client's own destination", () => {
  expect(targetOf("0.0.0.0", 81)).toEqual({ kind: "tcp", host: "198.51.100.9", port: 81 });
});

test("an address set at run time holds from the next connection on", () => {
  const address = { kind: "tcp", host: "127.0.0.1", port: 80, portOffset: false } as const;
  const server = makeBackend({ servers: [{ name: "a", address }] }).servers[0]!;
  const first = serverTarget(server, client);
  expect(serverTarget(server, client)).toBe(first);
  server.state.setAddress(Address.parse("10.0.0.5"), 81);
  expect(serverTarget(server, client)).toEqual({ kind: "tcp", host: "10.0.0.5", port: 81 });
});

test("a unix socket has its path", () => {
  const address = { kind: "unix", path: "/run/app.sock" } as const;
  const { servers } = makeBackend({ servers: [{ name: "a", address }] });
  expect(serverTarget(servers[0]!, client)).toEqual({ kind: "unix", path: "/run/app.sock" });
});
