import { describe, expect, test } from "bun:test";
import { die, limits, play, type Scene } from "./stage/conversation.ts";

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

  test("goes on with one that takes its time to be ready, as long as it says so", async () => {
    const busy = ({ next }: Scene) => next.at.inherit = () => Bun.sleep(2 * limits.readySilenceMs);
    const { ended } = await play(1, busy, "takeover", ["preparing/1"]);
    expect(ended.old.kind).toBe("handed over");
    // Nobody expects it of one that does not know how.
    expect((await play(1, busy, "takeover", [])).ended.old.kind).toBe("handed over");
  });

  test("and not with one that falls silent meanwhile", async () => {
    const { old, ended } = await play(
      1,
      ({ next, newChannel }) => {
        newChannel.attempt = () => {};
        next.at.inherit = () => Bun.sleep(2 * limits.readySilenceMs);
      },
      "takeover",
      ["preparing/1"],
    );
    const why = "the other process did not answer in time";
    expect(ended).toEqual({
      old: { kind: "kept", why },
      next: { kind: "not taken over", why },
    });
    expect(old.done).toEqual([]);
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
      next.at.inherit = () => new Promise((resolve) => setTimeout(resolve, 1.5 * limits.readyMs));
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
    expect(next.done).toEqual(["inherit 1 1", "settle", "accept"]);
  });

  test("before it has given anything: the new one makes its sockets itself", async () => {
    const { next, ended } = await play(2, ({ oldChannel, old }) => {
      old.listeners = () => {
        die(oldChannel);
        return [];
      };
    });
    expect(ended.next.kind).toBe("left alone");
    expect(next.done).toEqual(["inherit 0 0", "settle", "accept"]);
  });

  test("before there is a channel of descriptors: its death may be found there first", async () => {
    const refused = (scene: Scene) => {
      scene.connect = () => {
        die(scene.oldChannel);
        return { why: "connect: connection refused" };
      };
    };
    const { next, ended } = await play(2, refused);
    expect(ended.next.kind).toBe("left alone");
    expect(next.done).toEqual(["inherit 0 0", "settle", "accept"]);
    const alive = await play(2, (scene) => {
      refused(scene);
      scene.oldIsDead = false;
    });
    expect(alive.ended.next.kind).toBe("not taken over");
    expect(alive.next.done).toEqual([]);
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

describe("a running process that sends too much State", () => {
  const why = "the old process sends too much State";
  const part = { part: "patterns", version: 1, data: [] };
  const long = { part: "patterns", version: 1, data: "x".repeat(limits.stateLettersMax / 4) };
  const piles = {
    messages: Array.from({ length: limits.statePartsMax + 1 }, () => part),
    letters: Array.from({ length: 4 }, () => long),
  };
  for (const [of, pile] of Object.entries(piles)) {
    test(`too many ${of}: the new one gives up before it looks at any`, async () => {
      const { old, next, ended } = await play(2, ({ old }) => old.state = () => pile as never);
      expect(ended).toEqual({
        old: { kind: "kept", why },
        next: { kind: "not taken over", why },
      });
      expect([old.done, next.done]).toEqual([[], []]);
    });

    test(`too many ${of} of what is new since: it gives up before it accepts`, async () => {
      const { old, next, ended } = await play(2, ({ old }) => old.stateSince = () => pile as never);
      expect([ended.old, ended.next.kind]).toEqual([{ kind: "kept", why }, "not taken over"]);
      expect([old.done, next.done]).toEqual([[], ["inherit 1 1"]]);
      expect(next.learnt.length).toBeLessThan(pile.length);
    });
  }

  test("as much as there may be is taken", async () => {
    const most = piles.messages.slice(2);
    const { ended } = await play(2, ({ old }) => old.state = () => most as never);
    expect(ended.next.kind).toBe("taken over");
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
