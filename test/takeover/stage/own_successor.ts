import process from "node:process";
import { libc } from "../../../ffi/mod.ts";
import type { MovedDescription } from "../../../src/proxy/move/description.ts";
import type { ControlChannel } from "../../../src/takeover/control_channel.ts";
import { openControl } from "../../../src/takeover/control_connect.ts";
import { WatchedProcess } from "../../../src/takeover/death.ts";
import { connectCourier, isTrusted } from "../../../src/takeover/fd_gate.ts";
import { defaultLimits } from "../../../src/takeover/limits.ts";
import { capabilities } from "../../../src/takeover/message.ts";
import { Progress } from "../../../src/takeover/progress.ts";
import { type Successor, takeOver } from "../../../src/takeover/take_over.ts";
import type { Generations } from "./generations.ts";

const native = await libc();

/** What a successor of a test's own has got. */
export interface Got {
  readonly moved: MovedDescription[];
  /** The test's to close. */
  readonly fds: number[];
  active: boolean;
}

/**
 * Takes over by hand: takes whatever is offered, and goes on with none of it.
 *
 * @param atOffer is called before it says that it is prepared
 * @param knows what this successor can go on with
 */
export async function takeOverWith(
  gateway: Generations,
  atOffer: (channel: ControlChannel) => void = () => {},
  knows: readonly string[] = capabilities,
): Promise<Got> {
  const opening = await openControl(native, gateway.endpoint.control, isTrusted);
  if (opening.kind !== "open") throw new Error(opening.kind);
  const { channel, pid } = opening;
  const got: Got = { moved: [], fds: [], active: false };
  const successor: Successor = {
    inherit(listeners) {
      for (const { fd } of listeners) native.close(fd);
      return Promise.resolve({ unused: [] });
    },
    learn() {},
    news: () => [],
    endNews() {},
    connections: () => [],
    answers: () => ({ all: 0, ownErrors: 0 }),
    noteElsewhere() {},
    accept: () => Promise.resolve(undefined),
    prepare(moved, fds) {
      got.moved.push(...moved);
      got.fds.push(...fds);
      atOffer(channel);
      return [];
    },
    activate() {
      got.active = true;
    },
    forget() {},
    settle: () => Promise.resolve(),
  };
  const hello = {
    protocol: [1, 1] as [number, number],
    capabilities: [...knows],
    build: "test",
    pid: process.pid,
    mode: "takeover" as const,
    probationMs: 0,
  };
  const connectFds = (session: string) =>
    connectCourier(native, gateway.endpoint.descriptors, session);
  const watched = new WatchedProcess(pid);
  await takeOver(
    channel,
    { hello, connect: connectFds, isDead: () => watched.hasDied() },
    successor,
    defaultLimits,
    new Progress(() => {}),
  );
  watched.close();
  channel.close();
  return got;
}
