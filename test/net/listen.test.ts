import { plainSocket } from "../../src/config/bind_plan.ts";
import { expect, test } from "bun:test";
import { connect } from "node:net";
import type { Connection, ConnectionHandler } from "../../src/net/connection.ts";
import { bind, type Listener } from "../../src/net/open.ts";
import { libc } from "../../ffi/mod.ts";

const plain = {
  backlog: 16,
  reusePort: false,
  socket: plainSocket,
};

/** A listener of 127.0.0.1, and everyone it has accepted. */
class Scene implements AsyncDisposable {
  accepted = 0;

  private constructor(readonly listener: Listener) {}

  static async make(): Promise<Scene> {
    const made: { scene?: Scene } = {};
    const listener = await bind(
      { ...plain, address: { kind: "tcp", host: "127.0.0.1", port: 0, v6only: false } },
      (connection) => made.scene!.#accept(connection),
    );
    return made.scene = new Scene(listener);
  }

  #accept(connection: Connection): ConnectionHandler {
    this.accepted++;
    return {
      onData: (bytes) => void connection.write(bytes, 0, bytes.length),
      onDrain() {},
      onEnd: () => connection.close(),
      onClose() {},
    };
  }

  /** Says a word, and resolves when it was said back. */
  async ask(): Promise<string> {
    const socket = connect(this.listener.port, "127.0.0.1");
    const answer = Promise.withResolvers<string>();
    socket.once("data", (bytes) => answer.resolve(String(bytes)));
    socket.once("error", answer.reject);
    socket.write("word");
    try {
      return await answer.promise;
    } finally {
      socket.destroy();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.listener.stop();
    return Promise.resolve();
  }
}

test("clients of a socket that does not accept yet wait in the kernel", async () => {
  await using scene = await Scene.make();
  const early = scene.ask();
  const late = scene.ask();
  // Whoever is connected to another socket has had a turn of the loop to be accepted here, too.
  await using other = await Scene.make();
  await other.listener.accept();
  expect(await other.ask()).toBe("word");
  expect(scene.accepted).toBe(0);
  await scene.listener.accept();
  expect(await Promise.all([early, late])).toEqual(["word", "word"]);
  expect(scene.accepted).toBe(2);
});

test("a socket that rests still listens, and its clients are served afterwards", async () => {
  await using scene = await Scene.make();
  await scene.listener.accept();
  expect(await scene.ask()).toBe("word");
  scene.listener.rest();
  const waiting = scene.ask();
  await using other = await Scene.make();
  await other.listener.accept();
  expect(await other.ask()).toBe("word");
  expect(scene.accepted).toBe(1);
  await scene.listener.accept();
  expect(await waiting).toBe("word");
  expect(scene.accepted).toBe(2);
});

test("an inherited descriptor that is no socket is refused before anything is served", async () => {
  const native = await libc();
  expect(native.fcntl(999, 1, 0)).toBe(-1);
  const options = { ...plain, address: { kind: "fd", fd: 999 } as const };
  await expect(bind(options, () => undefined)).rejects.toThrow("cannot use the inherited socket");
});

test("a socket that pauses is told of everyone who waits in its queue, and refuses the next", async () => {
  await using scene = await Scene.make();
  const waiting = Array.from({ length: 5 }, () => scene.ask());
  await using other = await Scene.make();
  await other.listener.accept();
  expect(await other.ask()).toBe("word");
  expect(scene.accepted).toBe(0);
  await scene.listener.pause();
  expect(scene.accepted).toBe(5);
  await expect(scene.ask()).rejects.toThrow("ECONNREFUSED");
  expect(await Promise.all(waiting)).toEqual(Array(5).fill("word"));
});
