import { describe, expect, test } from "bun:test";
import { FdChannel, libc } from "../../ffi/mod.ts";
import { limits, play, type Scene } from "./stage/conversation.ts";

const native = await libc();
/** Beyond those of listeners. */
const firstOffer = (1 << 16) + 1;
const why = "the channel of descriptors: ";

/** Does something else with the descriptors of an offer, and believes that it sent them. */
function instead(
  { sockets, ...scene }: Scene,
  does: (post: (fds: readonly number[], header: Buffer) => void, fds: readonly number[]) => void,
): FdSend {
  const { send } = scene;
  const channel = new FdChannel(native, 64);
  return (step, batch, fds) => {
    if (batch < firstOffer) return send(step, batch, fds);
    does((fds, header) => void channel.send(sockets.old, fds, header), fds);
    return { kind: "sent" };
  };
}
type FdSend = Scene["send"];

const header = (batch: number, count: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(batch);
  bytes.writeUInt16LE(count, 4);
  return bytes;
};

describe("descriptors that are not what the offer says: everything goes on in the old process", () => {
  const rows: Record<string, [Parameters<typeof instead>[1], string]> = {
    "none came": [() => {}, "descriptors are missing"],
    "a message without its descriptors": [
      (post) => post([], header(firstOffer, 2)),
      "descriptors are missing",
    ],
    "descriptors without their message": [
      (post, fds) => post(fds, Buffer.alloc(1)),
      "descriptors are missing",
    ],
    "those of another batch": [
      (post, fds) => post(fds, header(firstOffer + 1, 2)),
      "the descriptors of another batch came",
    ],
    "fewer than it says": [
      (post, fds) => post(fds.slice(1), header(firstOffer, 2)),
      "descriptors are missing",
    ],
    "more than it says": [
      (post, fds) => {
        post(fds, header(firstOffer, 2));
        post(fds, header(firstOffer, 2));
      },
      "the descriptors of another batch came",
    ],
    "noise": [(post) => post([], Buffer.alloc(64, 255)), "descriptors are missing"],
    "noise with descriptors": [
      (post, fds) => post(fds, Buffer.alloc(64, 255)),
      "the descriptors of another batch came",
    ],
  };
  for (const [name, [does, text]] of Object.entries(rows)) {
    test(name, async () => {
      const { old, next, ended } = await play(4, (scene) => scene.send = instead(scene, does));
      // Those of one batch may pass; whatever comes behind is never taken for another one's.
      const first = name === "more than it says";
      expect(ended).toEqual({
        old: { kind: "kept", why: why + text },
        next: { kind: "sent back", why: why + text },
      });
      expect(old.done).toEqual(
        first
          ? ["rest", "let go 1,2", "taken back 3,4", "accept"]
          : ["rest", "taken back 1,2", "accept"],
      );
      expect(next.done).toEqual(
        first
          ? ["inherit 1 1", "accept", "prepare 1,2 1,2", "activate"]
          : ["inherit 1 1", "accept"],
      );
    });
  }

  const bothWays = 2;
  test("the old process has closed it", async () => {
    const { old, ended } = await play(2, (scene) => {
      scene.send = instead(scene, () => void native.shutdown(scene.sockets.old, bothWays));
    });
    const text = `${why}the other process closed the channel of descriptors`;
    expect(ended.old).toEqual({ kind: "kept", why: text });
    expect(old.done).toEqual(["rest", "taken back 1,2", "accept"]);
  });

  test("the new process has closed it", async () => {
    const { old, ended } = await play(2, ({ next, sockets }) => {
      next.at.accept = () => void native.shutdown(sockets.next, bothWays);
    });
    expect(ended.old).toEqual({ kind: "kept", why: `${why}sendmsg failed: EPIPE` });
    expect(ended.next.kind).toBe("sent back");
    expect(old.done).toEqual(["rest", "taken back 1,2", "accept"]);
  });

  test("before there is anything to take back: the old process was never touched", async () => {
    for (
      const does of [
        () => {},
        (post: (fds: number[], header: Buffer) => void) => post([], header(1, 1)),
      ]
    ) {
      const { old, ended } = await play(2, (scene) => {
        const channel = new FdChannel(native, 64);
        scene.send = () => {
          does((fds, bytes) => void channel.send(scene.sockets.old, fds, bytes));
          return { kind: "sent" };
        };
      });
      expect(ended.old).toEqual({ kind: "kept", why: `${why}descriptors are missing` });
      expect(ended.next.kind).toBe("not taken over");
      expect(old.done).toEqual([]);
    }
  });
});

describe("descriptors for which there is no room on the way", () => {
  const crowded = { kind: "crowded", why: "sendmsg failed: ETOOMANYREFS" } as const;
  const shared = ["operator/1"];

  test("go in batches half as large, and all of them at last", async () => {
    const sizes: number[] = [];
    const { old, next, ended } = await play(
      7,
      (scene) => {
        const { send } = scene;
        scene.send = (step, batch, fds) => {
          if (step === "offer") sizes.push(fds.length);
          return fds.length > 1 && sizes.length < 5 ? crowded : send(step, batch, fds);
        };
      },
      "takeover",
      shared,
      7,
    );
    expect(ended.old).toEqual({ kind: "handed over" });
    expect(sizes.slice(0, 4)).toEqual([7, 6, 3, 1]);
    const gone = old.done.filter((text) => text.startsWith("let go "));
    expect(gone.map((text) => text.slice("let go ".length)).join()).toBe("1,2,3,4,5,6,7");
    expect(next.done.filter((text) => text === "activate")).toHaveLength(gone.length);
  });

  test("stay with the old process when that lasts as long as a batch may", async () => {
    const { old, ended } = await play(3, (scene) => {
      const { send } = scene;
      scene.send = (step, ...batch) => step === "offer" ? crowded : send(step, ...batch);
    });
    expect(ended.old).toEqual({ kind: "handed over" });
    expect(old.done.filter((text) => text.startsWith("refused"))).toEqual([
      "refused 1",
      "refused 2",
      "refused 3",
    ]);
    expect(old.gone).toBe(3);
  });

  test("of listeners: are sent again for a while, or nothing was touched", async () => {
    let tries = 0;
    const later = await play(1, (scene) => {
      const { send } = scene;
      scene.send = (...batch) => ++tries < 4 ? crowded : send(...batch);
    });
    expect([later.ended.old.kind, tries]).toEqual(["handed over", 5]);
    const never = await play(1, (scene) => scene.send = () => crowded);
    expect(never.ended.old).toEqual({ kind: "kept", why: why + crowded.why });
    expect(never.old.done).toEqual([]);
  });
});

test("without room in the new process, a batch comes again in smaller ones", async () => {
  const { old, next, ended } = await play(
    4,
    ({ next, newChannel }) => {
      const say = newChannel.say.bind(newChannel);
      let first = true;
      newChannel.say = (name, says, ...rest) => {
        if (name !== "prepared" || !first) return say(name, says, ...rest);
        first = false;
        // What it had taken of it is as good as closed.
        next.done.splice(-1);
        say("prepared", { batch: firstOffer, taken: [], refused: [], crowded: true });
      };
    },
    "takeover",
    ["operator/1"],
    4,
  );
  expect(ended.old).toEqual({ kind: "handed over" });
  expect(old.done).toEqual(["rest", "taken back 1,2,3,4", "let go 1,2,3,4"]);
  expect(limits.batchConnectionsMin).toBeGreaterThan(4);
  expect(next.done.at(-1)).toBe("settle");
});
