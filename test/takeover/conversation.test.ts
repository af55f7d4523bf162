import { describe, expect, test } from "bun:test";
import { libc, socketPair } from "../../ffi/mod.ts";
import { adoptSocket } from "../../src/net/adopted_socket.ts";
import type { MovedDescription } from "../../src/proxy/move/description.ts";
import { ControlChannel } from "../../src/takeover/control_channel.ts";
import { FdCourier } from "../../src/takeover/fd_courier.ts";
import { handOver, type HandOverResult, type Predecessor } from "../../src/takeover/hand_over.ts";
import { defaultLimits } from "../../src/takeover/limits.ts";
import { Progress } from "../../src/takeover/progress.ts";
import { type Successor, takeOver, type TakeOverResult } from "../../src/takeover/take_over.ts";

const native = await libc();

const limits = {
  ...defaultLimits,
  probationMs: 20,
  answerMs: 500,
  readyMs: 500,
  batchMs: 200,
  aliveEveryMs: 20,
  silenceMs: 200,
};

function idle(id: number): MovedDescription {
  const client = {
    acceptedAt: 0,
    requests: 1,
    src: {},
    dst: {},
    tlvs: null,
    handshakeMs: 0,
    variables: [],
  };
  return { kind: "idle-client", id, listener: 1, client, unread: 1, idleFor: 0, timeoutMs: null };
}

/** A running process with one listener and some connections, which notes what is done to it. */
class FakeOld implements Predecessor {
  readonly done: string[] = [];
  readonly #open: number[];
  #waiting: number[];

  constructor(connections: number, private readonly batch = 2) {
    this.#open = socketPair(native).slice();
    this.#waiting = Array.from({ length: connections }, (_, i) => i + 1);
  }

  listeners() {
    return [{ id: 1, fd: this.#open[0]!, namespace: "", interface: "", inherited: undefined }];
  }
  state() {
    return [{ part: "servers", version: 1, data: [] }];
  }
  stateSince() {
    return [{ part: "counters", version: 1, data: [] }];
  }
  news() {
    return [{ part: "operator", version: 1, data: [] }];
  }
  learnt: string[] = [];
  learn({ part }: { readonly part: string }) {
    this.learnt.push(part);
  }
  newsEnded = 0;
  endNews() {
    this.newsEnded++;
  }
  connections(): [string, string, number][] {
    return [["be", "s", 2]];
  }
  elsewhere: unknown[] = [];
  noteElsewhere(counts: unknown) {
    this.elsewhere.push(counts);
  }
  stopAccepting() {
    this.done.push("rest");
  }
  acceptAgain() {
    this.done.push("accept");
  }
  startMoving() {}
  answered = { all: 0, ownErrors: 0 };
  answers() {
    return this.answered;
  }
  frozen: number[] = [];
  freeze() {
    if (this.#waiting.length === 0) return undefined;
    this.frozen = this.#waiting.splice(0, this.batch);
    return {
      moved: this.frozen.map(idle),
      fds: this.frozen.map(() => this.#open[1]!),
      bytes: Uint8Array.from(this.frozen),
    };
  }
  gone = 0;
  letGo(ids: readonly number[]) {
    this.gone += ids.length;
    if (ids.length > 0) this.done.push(`let go ${ids}`);
  }
  kept: number[] = [];
  thaw(ids: readonly number[], why: "taken back" | "refused") {
    if (ids.length === 0) return;
    this.done.push(`${why} ${ids}`);
    // As if they had ended by themselves: nothing is left of them.
    if (why === "refused") this.gone += ids.length;
    else this.kept.push(...ids);
  }
  left() {
    return this.#waiting.length;
  }
  endAll() {
    this.done.push("end all");
    this.#waiting = [];
  }
  close() {
    for (const fd of this.#open) native.close(fd);
  }
}

/** A process that starts, and notes what it is told. */
class FakeNew implements Successor {
  readonly done: string[] = [];
  readonly fds: number[] = [];
  refusing: readonly number[] = [];
  /** Called at each step, by its name. */
  at: Record<string, (() => void | Promise<void>) | undefined> = {};

  async inherit(listeners: readonly { readonly fd: number }[], state: readonly unknown[]) {
    this.done.push(`inherit ${listeners.length} ${state.length}`);
    this.fds.push(...listeners.map(({ fd }) => fd));
    await this.at.inherit?.();
    return this.failing ? { failed: { reason: "bind", text: "no such port" } } : { unused: [] };
  }
  failing = false;
  learnt: string[] = [];
  learn({ part }: { readonly part: string }) {
    this.learnt.push(part);
  }
  news() {
    return [{ part: "operator", version: 1, data: [] }];
  }
  newsEnded = 0;
  endNews() {
    this.newsEnded++;
  }
  connections(): [string, string, number][] {
    return [["be", "s", 3]];
  }
  elsewhere: unknown[] = [];
  noteElsewhere(counts: unknown) {
    this.elsewhere.push(counts);
  }
  answered = { all: 0, ownErrors: 0 };
  answers() {
    return this.answered;
  }
  async accept() {
    this.done.push("accept");
    await this.at.accept?.();
    return undefined;
  }
  prepare(moved: readonly MovedDescription[], fds: readonly number[], bytes: Uint8Array) {
    this.done.push(`prepare ${moved.map(({ id }) => id)} ${[...bytes]}`);
    this.fds.push(...fds);
    void this.at.prepare?.();
    return moved.filter(({ id }) => this.refusing.includes(id))
      .map(({ id }) => ({ id, reason: "no route" }));
  }
  activate() {
    this.done.push("activate");
  }
  forget() {
    this.done.push("forget");
  }
  settle() {
    this.done.push("settle");
    return Promise.resolve();
  }
  close() {
    for (const fd of this.fds) native.close(fd);
  }
}

function channelOf(fd: number): Promise<ControlChannel> {
  return new Promise((resolve, reject) => {
    adoptSocket(
      fd,
      "reading",
      (connection) => resolve(new ControlChannel(connection)),
      () => reject(),
    );
  });
}

interface Scene {
  readonly old: FakeOld;
  readonly next: FakeNew;
  readonly oldChannel: ControlChannel;
  readonly newChannel: ControlChannel;
  /** What a look for the running process tells, once its channel is closed. */
  oldIsDead: boolean;
}

interface Played {
  readonly old: HandOverResult;
  readonly next: TakeOverResult;
}

/** Lets both sides talk to each other over real sockets. */
async function play(
  connections: number,
  arrange: (scene: Scene) => void = () => {},
  mode: "takeover" | "dry-run" = "takeover",
  shared: string[] = ["operator/1"],
): Promise<Scene & { readonly ended: Played }> {
  const [a, b] = socketPair(native);
  const [c, d] = socketPair(native);
  const scene: Scene = {
    old: new FakeOld(connections),
    next: new FakeNew(),
    oldChannel: await channelOf(a),
    newChannel: await channelOf(b),
    oldIsDead: true,
  };
  arrange(scene);
  const welcome = {
    protocol: 1,
    capabilities: shared,
    build: "old",
    pid: 1,
    session: "s",
    listeners: 1,
    connections,
  };
  const hello = {
    protocol: [1, 1] as [number, number],
    capabilities: [],
    build: "new",
    pid: 2,
    mode,
  };
  const taking = takeOver(
    scene.newChannel,
    {
      hello,
      connect: () => new FdCourier(native, d),
      isDead: () => Promise.resolve(scene.oldIsDead),
    },
    scene.next,
    limits,
  );
  await scene.oldChannel.hear("hello", limits.answerMs);
  const handing = handOver(
    scene.oldChannel,
    {
      welcome,
      dryRun: mode === "dry-run",
      connect: () => new FdCourier(native, c),
      hardStopAfterMs: undefined,
    },
    scene.old,
    limits,
    new Progress(() => {}),
  );
  const [old, next] = await Promise.all([handing, taking]);
  // Whatever has become of it, nobody goes on noting what is new.
  expect(scene.old.newsEnded).toBeLessThanOrEqual(1);
  if (scene.next.done.includes("accept")) {
    expect([scene.old.newsEnded, scene.next.newsEnded]).toEqual([1, 1]);
  }
  scene.oldChannel.close();
  scene.newChannel.close();
  scene.old.close();
  scene.next.close();
  return { ...scene, ended: { old, next } };
}

/** What a process that is killed leaves behind: an end without a word. */
const die = (channel: ControlChannel) => channel.connection.close();

describe("a takeover that nothing disturbs", () => {
  test("gives sockets, State and connections, in batches", async () => {
    const { old, next, ended } = await play(3);
    expect(ended).toEqual({ old: { kind: "handed over" }, next: { kind: "taken over" } });
    expect(old.done).toEqual(["rest", "let go 1,2", "let go 3"]);
    expect(next.done).toEqual([
      "inherit 1 1",
      "accept",
      "prepare 1,2 1,2",
      "activate",
      "prepare 3 3",
      "activate",
      "settle",
    ]);
  });

  test("tells each side what is new in the other one", async () => {
    const { old, next } = await play(3);
    // What was new when the successor began, and then all the time.
    expect(next.learnt[0]).toBe("counters");
    expect(new Set(next.learnt.slice(1))).toEqual(new Set(["operator"]));
    expect(new Set(old.learnt)).toEqual(new Set(["operator"]));
  });

  test("tells a process nothing new that would not understand it", async () => {
    const { old, ended } = await play(3, () => {}, "takeover", []);
    expect(ended.old.kind).toBe("handed over");
    expect(old.learnt).toEqual([]);
  });

  test("tells each side what the other one has, and that it has nothing in the end", async () => {
    const { old, next } = await play(3);
    expect(old.elsewhere[0]).toEqual([["be", "s", 3]]);
    expect(next.elsewhere[0]).toEqual([["be", "s", 2]]);
    expect([old.elsewhere.at(-1), next.elsewhere.at(-1)]).toEqual([[], []]);
  });

  test("leaves with the running process what the new one refuses", async () => {
    const { old, ended } = await play(2, ({ next }) => next.refusing = [2]);
    expect(old.done).toEqual(["rest", "let go 1", "refused 2"]);
    expect(ended.old.kind).toBe("handed over");
  });

  test("ends before anything changes when it is a trial", async () => {
    const { old, next, ended } = await play(2, () => {}, "dry-run");
    expect(ended).toEqual({ old: { kind: "dry run" }, next: { kind: "dry run" } });
    expect([old.done, next.done]).toEqual([[], ["inherit 1 1"]]);
  });
});

describe("the new process dies", () => {
  const steps = ["inherit", "accept"] as const;
  for (const step of steps) {
    test(`at '${step}': the running process was never touched`, async () => {
      const { old, ended } = await play(2, ({ next, newChannel }) => {
        next.at[step] = () => die(newChannel);
      });
      expect(ended.old).toEqual({ kind: "kept", why: "the other process is gone" });
      expect(old.done).toEqual([]);
    });
  }

  test("in its probation: the running process accepts again", async () => {
    const { old, ended } = await play(2, ({ next, newChannel, old }) => {
      next.at.accept = () => void setTimeout(() => die(newChannel), 5);
      // However late that is on a busy machine.
      old.freeze = () => undefined;
    });
    expect(ended.old.kind).toBe("kept");
    expect(old.done).toEqual(["rest", "accept"]);
  });

  test("with an offer in hand: every connection of it goes on where it was", async () => {
    const { old, ended } = await play(2, ({ next, newChannel }) => {
      next.at.prepare = () => die(newChannel);
    });
    expect(ended.old.kind).toBe("kept");
    expect(old.done).toEqual(["rest", "taken back 1,2", "accept"]);
    expect(old.gone).toBe(0);
  });

  test("without a bind: it says why, and the running process was never touched", async () => {
    const { old, ended } = await play(2, ({ next }) => next.failing = true);
    expect(ended.old).toEqual({ kind: "kept", why: "no such port" });
    expect(ended.next).toMatchObject({ kind: "not taken over", why: "no such port" });
    expect(old.done).toEqual([]);
  });
});

describe("the new process says nothing", () => {
  test("when it must be ready: it is told so, and gives up", async () => {
    const { old, ended } = await play(1, ({ next }) => {
      next.at.inherit = () => new Promise((resolve) => setTimeout(resolve, 700));
    });
    expect(ended.old).toEqual({ kind: "kept", why: "the other process did not answer in time" });
    expect(ended.next.kind).toBe("not taken over");
    expect(old.done).toEqual([]);
  });

  test("to an offer: it is told to forget it before the connections go on here", async () => {
    const { old, next, ended } = await play(2, ({ next, newChannel }) => {
      const say = newChannel.say.bind(newChannel);
      newChannel.say = (name, ...rest) => {
        if (name !== "prepared") say(name, ...rest);
      };
      next.refusing = [];
    });
    expect(ended.old.kind).toBe("kept");
    expect(ended.next.kind).toBe("sent back");
    expect(old.done).toEqual(["rest", "taken back 1,2", "accept"]);
    expect(next.done).toEqual(["inherit 1 1", "accept", "prepare 1,2 1,2", "forget"]);
  });

  test("in its probation, not even that it lives: the running process accepts again", async () => {
    const { old, ended } = await play(2, ({ newChannel, old }) => {
      const say = newChannel.say.bind(newChannel);
      newChannel.say = (name, ...rest) => {
        if (!["alive", "state", "prepared"].includes(name)) say(name, ...rest);
      };
      old.freeze = () => undefined;
    });
    expect(ended.old.kind).toBe("kept");
    expect(old.done).toEqual(["rest", "accept"]);
  });
});

describe("the running process dies", () => {
  test("with an offer made: what it had offered is the new one's", async () => {
    const { next, ended } = await play(2, ({ oldChannel, next }) => {
      next.at.prepare = () => die(oldChannel);
    });
    expect(ended.next.kind).toBe("left alone");
    expect(next.done).toEqual(["inherit 1 1", "accept", "prepare 1,2 1,2", "activate", "settle"]);
  });

  test("before it has offered anything: the new one serves alone", async () => {
    const { next, ended } = await play(2, ({ oldChannel, next }) => {
      next.at.accept = () => void setTimeout(() => die(oldChannel), 5);
    });
    expect(ended.next.kind).toBe("left alone");
    expect(next.done).toEqual(["inherit 1 1", "accept", "settle"]);
  });

  test("before the new one accepts: that one serves alone with what has come", async () => {
    const { next, ended } = await play(2, ({ oldChannel, next }) => {
      next.at.inherit = () => die(oldChannel);
    });
    expect(ended.next).toEqual({ kind: "left alone", why: "the other process is gone" });
    expect(next.done).toEqual(["inherit 1 1", "accept", "settle"]);
  });

  test("before it has given anything: the new one makes its sockets itself", async () => {
    const { next, ended } = await play(2, ({ oldChannel, old }) => {
      old.listeners = () => {
        die(oldChannel);
        return [];
      };
    });
    expect(ended.next.kind).toBe("left alone");
    expect(next.done).toEqual(["inherit 0 0", "accept", "settle"]);
  });

  test("in a trial: that is over", async () => {
    const { ended } = await play(2, ({ oldChannel, old }) => {
      old.state = () => {
        die(oldChannel);
        return [];
      };
    }, "dry-run");
    expect(ended.next.kind).toBe("not taken over");
  });
});

describe("the running process closes the channel, and lives", () => {
  test("before the new one accepts: that one gives up", async () => {
    const { next, ended } = await play(2, (scene) => {
      scene.oldIsDead = false;
      scene.next.at.inherit = () => die(scene.oldChannel);
    });
    expect(ended.next.kind).toBe("not taken over");
    expect(next.done).toEqual(["inherit 1 1"]);
  });

  test("with an offer made: it goes on with that, and the new one forgets it", async () => {
    const { old, next, ended } = await play(2, (scene) => {
      scene.oldIsDead = false;
      scene.next.at.prepare = () => die(scene.oldChannel);
    });
    expect([ended.old.kind, ended.next.kind]).toEqual(["kept", "sent back"]);
    expect(old.done).toEqual(["rest", "taken back 1,2", "accept"]);
    expect(next.done).toEqual(["inherit 1 1", "accept", "prepare 1,2 1,2", "forget"]);
  });
});

describe("a defect", () => {
  const broken = () => {
    throw new Error("broken");
  };

  test("of the running process, once it accepts no more: it does again", async () => {
    const { old, ended } = await play(2, ({ old }) => old.startMoving = broken);
    expect(ended.old).toEqual({ kind: "kept", why: "internal error: Error: broken" });
    expect(ended.next).toEqual({ kind: "sent back", why: "internal error: Error: broken" });
    expect(old.done.at(-1)).toBe("accept");
  });

  test("of the new one, with an offer in hand: it forgets that, and says so", async () => {
    const { old, next, ended } = await play(2, ({ next }) => next.at.prepare = broken);
    expect(ended.old).toEqual({ kind: "kept", why: "internal error: Error: broken" });
    expect(ended.next.kind).toBe("sent back");
    expect(old.done).toEqual(["rest", "taken back 1,2", "accept"]);
    expect(next.done.at(-1)).toBe("forget");
  });

  test("of the new one's beginning: nothing is touched", async () => {
    const { old, ended } = await play(2, ({ next }) => next.at.inherit = broken);
    expect(ended.old).toEqual({ kind: "kept", why: "internal error: Error: broken" });
    expect(ended.next.kind).toBe("not taken over");
    expect(old.done).toEqual([]);
  });
});

test("what makes no sense is answered with a word: its end must not look like a death", async () => {
  const { next, ended } = await play(2, ({ next, newChannel }) => {
    next.at.prepare = () => void newChannel.connection.write(Buffer.alloc(20, 255), 0, 20);
  });
  expect(ended.old).toEqual({ kind: "kept", why: "the other process said a frame is too long" });
  expect(ended.next.kind).toBe("sent back");
  expect(next.done.at(-1)).toBe("forget");
});
