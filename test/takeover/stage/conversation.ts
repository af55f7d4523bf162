import { expect } from "bun:test";
import { libc, socketPair } from "../../../ffi/mod.ts";
import { adoptSocket } from "../../../src/net/adopted_socket.ts";
import type { MovedDescription } from "../../../src/proxy/move/description.ts";
import type { FreezeLimits } from "../../../src/proxy/move/mover.ts";
import { ControlChannel } from "../../../src/takeover/control_channel.ts";
import { FdCourier } from "../../../src/takeover/fd_courier.ts";
import {
  handOver,
  type HandOverResult,
  type Predecessor,
} from "../../../src/takeover/hand_over.ts";
import { defaultLimits } from "../../../src/takeover/limits.ts";
import { Progress } from "../../../src/takeover/progress.ts";
import { type Successor, takeOver, type TakeOverResult } from "../../../src/takeover/take_over.ts";

const native = await libc();

export const limits = {
  ...defaultLimits,
  probationMs: 20,
  answerMs: 500,
  readyMs: 1500,
  readySilenceMs: 150,
  batchMs: 200,
  aliveEveryMs: 20,
  silenceMs: 200,
  stateLettersMax: 10_000,
  statePartsMax: 50,
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
  return {
    kind: "idle-client",
    id,
    listener: 1,
    client,
    unread: 1,
    idleFor: 0,
    timeoutMs: null,
    upgraded: false,
    firstBackend: null,
    own: [],
  };
}

/** A running process with one listener and some connections, which notes what is done to it. */
export class FakeOld implements Predecessor {
  readonly done: string[] = [];
  readonly #open: number[];
  #waiting: number[];

  /** @param batch most connections that it freezes at once */
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
  staying() {
    return new Map<string, number>();
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
  startMoving(): Promise<void> {
    return Promise.resolve();
  }
  answered = { all: 0, ownErrors: 0 };
  answers() {
    return this.answered;
  }
  frozen: number[] = [];
  freeze({ batchConnectionsMax }: FreezeLimits) {
    if (this.#waiting.length === 0) return undefined;
    this.frozen = this.#waiting.splice(0, Math.min(this.batch, batchConnectionsMax));
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
  thaw(ids: readonly number[], why: "taken back" | "refused") {
    if (ids.length === 0) return;
    this.done.push(`${why} ${ids}`);
    // As if they had ended by themselves: nothing is left of them.
    if (why === "refused") this.gone += ids.length;
    else this.#waiting.unshift(...ids);
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
export class FakeNew implements Successor {
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

export interface Scene {
  readonly old: FakeOld;
  readonly next: FakeNew;
  readonly oldChannel: ControlChannel;
  readonly newChannel: ControlChannel;
  /** What a look for the running process tells, once its channel is closed. */
  oldIsDead: boolean;
  /** Their ends of the channel of descriptors. */
  readonly sockets: { readonly old: number; readonly next: number };
  /** How the new process gets its end of that. */
  connect: () => FdCourier | { readonly why: string };
  /** How the running process sends descriptors. */
  send: FdCourier["send"];
}

export interface Played {
  readonly old: HandOverResult;
  readonly next: TakeOverResult;
}

/** Lets both sides talk to each other over real sockets. */
export async function play(
  connections: number,
  arrange: (scene: Scene) => void = () => {},
  mode: "takeover" | "dry-run" = "takeover",
  shared: string[] = ["operator/1"],
  batch?: number,
): Promise<Scene & { readonly ended: Played }> {
  const [a, b] = socketPair(native);
  const [c, d] = socketPair(native);
  const courier = new FdCourier(native, c);
  const scene: Scene = {
    old: new FakeOld(connections, batch),
    next: new FakeNew(),
    oldChannel: await channelOf(a),
    newChannel: await channelOf(b),
    oldIsDead: true,
    sockets: { old: c, next: d },
    connect: () => new FdCourier(native, d),
    send: courier.send.bind(courier),
  };
  arrange(scene);
  courier.send = (...batch) => scene.send(...batch);
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
      connect: () => scene.connect(),
      isDead: () => Promise.resolve(scene.oldIsDead),
    },
    scene.next,
    limits,
    new Progress(() => {}),
  );
  await scene.oldChannel.hear("hello", limits.answerMs);
  let gives = false;
  const handing = handOver(
    scene.oldChannel,
    {
      welcome,
      dryRun: mode === "dry-run",
      connect: () => {
        gives = true;
        return courier;
      },
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
    expect([scene.old.newsEnded, scene.next.newsEnded]).toEqual([gives ? 1 : 0, 1]);
  }
  scene.oldChannel.close();
  scene.newChannel.close();
  scene.old.close();
  scene.next.close();
  return { ...scene, ended: { old, next } };
}

/** What a process that is killed leaves behind: an end without a word. */
export const die = (channel: ControlChannel) => channel.connection.close();
