import { expect, test } from "bun:test";
import { connect, createServer } from "node:net";
import { libc } from "../../ffi/mod.ts";
import type { KeepAlive } from "../../src/config/bind_plan.ts";
import { bindDefaults } from "../../src/config/compile/bind_draft.ts";
import { bind } from "../../src/net/open.ts";
import { type SocketOptionName, socketOptions } from "../../src/net/native_socket.ts";
import { startConnecting } from "../../src/net/outgoing_socket.ts";

const native = await libc();
const names = ["keepAlive", "keepProbes", "keepIdle", "keepInterval"] as const;

function option(fd: number, option: SocketOptionName): number {
  const value = new Uint8Array(4);
  const [level, name] = socketOptions[option];
  expect(native.getsockopt(fd, level, name, value, Uint8Array.of(4, 0, 0, 0))).toBe(0);
  return new DataView(value.buffer).getInt32(0, true);
}

/** The options of a socket that a listener made this way has accepted. */
async function accepted(keepAlive: KeepAlive | undefined, inherited?: number): Promise<number[]> {
  const seen = Promise.withResolvers<number[]>();
  const listener = await bind(
    {
      backlog: 16,
      reusePort: false,
      socket: { ...bindDefaults().socket, keepAlive },
      address: { kind: "tcp", host: "127.0.0.1", port: 0, v6only: false },
      inherited,
    },
    (connection) => {
      seen.resolve(names.map((name) => option(connection.fd, name)));
      return undefined;
    },
  );
  await listener.accept();
  const client = connect(listener.port, "127.0.0.1");
  client.on("error", seen.reject);
  try {
    return await seen.promise;
  } finally {
    client.destroy();
    listener.stop();
  }
}

const probes = { probes: 5, idleSeconds: 77, intervalSeconds: 8 };

test("what a listening socket accepts inherits how it is probed", async () => {
  const [on, ...usual] = await accepted(undefined);
  expect(on).toBe(0);
  expect(await accepted(probes)).toEqual([1, 5, 77, 8]);
  const left = { probes: undefined, idleSeconds: undefined, intervalSeconds: undefined };
  expect(await accepted(left)).toEqual([1, ...usual]);
});

test("a socket that somebody else has made is told how to probe", async () => {
  const made = await bind(
    {
      backlog: 16,
      reusePort: false,
      socket: bindDefaults().socket,
      address: { kind: "tcp", host: "127.0.0.1", port: 0, v6only: false },
    },
    () => undefined,
  );
  expect(await accepted(probes, made.fd)).toEqual([1, 5, 77, 8]);
});

test("a connection to a server is probed as its server's line says", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  const target = { kind: "tcp", host: "127.0.0.1", port } as const;
  const socket = {
    source: undefined,
    interface: undefined,
    userTimeoutMs: undefined,
    namespace: undefined,
    keepAlive: probes,
  };
  const fd = startConnecting(native, { ...target, socket });
  expect(names.map((name) => option(fd, name))).toEqual([1, 5, 77, 8]);
  native.close(fd);
  server.close();
});
