import { afterEach, expect, test } from "bun:test";
import { connect, createServer, type Server, type Socket } from "node:net";
import { unreadByPeer } from "../support/peer_queue.ts";

const open: (Server | Socket)[] = [];

afterEach(() => {
  for (const one of open.splice(0)) "destroy" in one ? one.destroy() : one.close();
});

/** A client, and the other end of its connection, which does not read. */
function pair(): Promise<{ client: Socket; peer: Socket }> {
  return new Promise((resolve) => {
    const server = createServer({ pauseOnConnect: true }, (peer) => {
      open.push(peer);
      resolve({ client, peer });
    });
    open.push(server);
    let client: Socket;
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      client = connect({ host: "127.0.0.1", port });
      open.push(client);
    });
  });
}

test("what the other end has not read is counted until it reads it", async () => {
  const { client, peer } = await pair();
  if (client.connecting) await new Promise((resolve) => client.once("connect", resolve));
  expect(unreadByPeer(client)).toBe(0);
  await new Promise<void>((resolve) => client.write("four", () => resolve()));
  const waiting = unreadByPeer(client);
  const read = new Promise<string>((resolve) => {
    peer.once("data", (bytes: Buffer) => resolve(bytes.toString()));
  });
  peer.resume();
  expect(await read).toBe("four");
  // Bun reads one chunk ahead of a paused socket, so that it may be read already.
  expect(waiting === 0 || waiting === 4).toBe(true);
  expect(unreadByPeer(client)).toBe(0);
});

test("a connection that is gone has no count", async () => {
  const { client, peer } = await pair();
  const closed = new Promise((resolve) => client.once("close", resolve));
  peer.resetAndDestroy();
  client.resume();
  await closed;
  expect(unreadByPeer(client)).toBeUndefined();
});
