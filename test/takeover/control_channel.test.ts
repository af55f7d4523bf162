import { expect, test } from "bun:test";
import { FdChannel, libc, socketPair } from "../../ffi/mod.ts";
import { adoptSocket } from "../../src/net/adopted_socket.ts";
import { ControlChannel } from "../../src/takeover/control_channel.ts";
import { FrameReader, writeFrame } from "../../src/takeover/frame.ts";
import { messages, readMessage } from "../../src/takeover/message.ts";

const native = await libc();

/** A channel, and the other end of it by native calls. */
async function pair(): Promise<{ channel: ControlChannel; fd: number; raw: FdChannel }> {
  const [own, fd] = socketPair(native);
  const channel = await new Promise<ControlChannel>((resolve, reject) => {
    adoptSocket(own, "reading", (connection) => resolve(new ControlChannel(connection)), () => {
      reject(new Error("not adopted"));
    });
  });
  return { channel, fd, raw: new FdChannel(native, 65536) };
}

function alive(): Uint8Array {
  const { number, optional } = messages.alive;
  const text = JSON.stringify({ connections: [] });
  const bytes = new Uint8Array(0);
  return writeFrame({ type: number, optional, descriptors: 0, number: 1, text, bytes })!;
}

/**
 * A runtime that gets an error for what it writes reads no more: the last word, which waits for it,
 * would be lost, and the conversation look as if this process had died.
 */
test("whoever gives up leaves the other process time to read why", async () => {
  const { channel, fd, raw } = await pair();
  channel.giveUp({ kind: "late" }, "silence", "too long");
  await channel.over;
  for (let i = 0; i < 10; i++) {
    expect(raw.send(fd, [], alive()).kind).toBe("sent");
    await new Promise((resolve) => setImmediate(resolve));
  }
  const got = raw.receive(fd);
  if (got.kind !== "received") throw new Error(got.kind);
  const reader = new FrameReader();
  reader.add(got.data);
  const reading = reader.next();
  if (reading.kind !== "frame") throw new Error(reading.kind);
  const read = readMessage(reading.frame);
  expect(read).toMatchObject({ message: { name: "abort", says: { text: "too long" } } });
  native.close(fd);
});

/** Timers come before sockets when a process goes on: it would blame the other one for its own stop. */
test("a process that was held up hears what came meanwhile", async () => {
  const { channel, fd, raw } = await pair();
  const heard = Promise.withResolvers<string>();
  channel.aside = ({ name }) => {
    heard.resolve(name);
    return true;
  };
  channel.expectLife(100);
  raw.send(fd, [], alive());
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  expect(await Promise.race([heard.promise, channel.over])).toBe("alive");
  channel.close();
  native.close(fd);
});
