import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { libc } from "../../ffi/mod.ts";
import type { ControlChannel } from "../../src/takeover/control_channel.ts";
import { openControl } from "../../src/takeover/control_connect.ts";
import type { FdCourier } from "../../src/takeover/fd_courier.ts";
import { connectCourier, isTrusted } from "../../src/takeover/fd_gate.ts";
import { writeFrame } from "../../src/takeover/frame.ts";
import { capabilities, messages, type Says } from "../../src/takeover/message.ts";
import { freePort } from "../support/free_port.ts";
import { descriptorsOf, Generations } from "./stage/generations.ts";
import { echoOrigin, KeepAliveClient } from "./stage/traffic.ts";

const native = await libc();
const patienceMs = 30_000;

let origin: ReturnType<typeof echoOrigin>;
beforeAll(() => {
  origin = echoOrigin();
});
afterAll(() => origin.stop());

/** A gateway with clients, none of which may notice what is said to the endpoint. */
async function scene() {
  const port = await freePort();
  const site = `
defaults
  mode http
  option http-server-close
  timeout connect 10s
  timeout client 60s
  timeout server 60s
listen fe
  bind 127.0.0.1:${port}
  server s 127.0.0.1:${origin.port}
`;
  const gateway = await new Generations(site, ["--instance", "test"]).ready();
  const descriptors = descriptorsOf(gateway.pid);
  const clients = [3, 7].map((thinkMs) => new KeepAliveClient(port, `c${thinkMs}`, thinkMs));
  /** A real upgrade is possible at once, nothing is left open, and nobody has noticed. */
  const allWell = async () => {
    const enough = descriptors + 2 * clients.length;
    await gateway.waitFor(() => descriptorsOf(gateway.pid) <= enough, "closed files");
    const { status, output } = await gateway.upgrade();
    expect({ status, output }).toEqual({ status: 0, output });
    await Promise.all(clients.map((client) => client.stop()));
    for (const { lost, wrong, closes } of clients) {
      expect({ lost, wrong, closes }).toEqual({ lost: 0, wrong: 0, closes: 0 });
    }
  };
  return { gateway, allWell };
}

const hello: Says<"hello"> = {
  protocol: [1, 1],
  capabilities: [...capabilities],
  build: "test",
  pid: process.pid,
  mode: "takeover",
};

function frame(type: number, optional: boolean, says: unknown): Uint8Array {
  const text = JSON.stringify(says);
  return writeFrame({ type, optional, descriptors: 0, number: 1, text, bytes: new Uint8Array(0) })!;
}
const helloFrame = frame(messages.hello.number, false, hello);

/** Resolves to all that came, when the other side has closed. */
function whole(socket: Socket): Promise<Buffer> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    socket.on("data", (piece) => pieces.push(piece as Buffer));
    socket.on("error", () => {});
    socket.on("close", () => resolve(Buffer.concat(pieces)));
  });
}

async function opened(gateway: Generations): Promise<ControlChannel> {
  const opening = await openControl(native, gateway.endpoint.control, isTrusted);
  if (opening.kind !== "open") throw new Error(opening.kind);
  return opening.channel;
}

async function welcomed(gateway: Generations, said = hello) {
  const channel = await opened(gateway);
  channel.say("hello", said);
  const welcome = await channel.hear("welcome", patienceMs);
  if (welcome.kind === "failed") throw new Error(welcome.failure.kind);
  return { channel, session: welcome.says.session };
}

describe("frames of another version", () => {
  test("an unknown one that is optional is passed over, another one is refused", async () => {
    const { gateway, allWell } = await scene();
    await using _ = gateway;
    const knows = connect(gateway.endpoint.control);
    knows.write(Buffer.concat([frame(200, true, { anything: 1 }), helloFrame]));
    const welcome = await new Promise<Buffer>((resolve) => knows.once("data", resolve));
    expect(welcome.readUInt8(4)).toBe(messages.welcome.number);
    knows.on("error", () => {}).destroy();
    await gateway.said("not taken over: the other process is gone");
    const requires = connect(gateway.endpoint.control);
    const answer = whole(requires);
    requires.write(Buffer.concat([frame(200, false, {}), helloFrame]));
    expect((await answer).readUInt8(4)).toBe(messages.abort.number);
    expect(String(await answer)).toContain("the other process said a message of unknown type 200");
    await allWell();
  }, 60_000);
});

describe("whoever takes too long is closed, and the next one has its turn", () => {
  test("a hello that comes byte by byte", async () => {
    const { gateway, allWell } = await scene();
    await using _ = gateway;
    const slow = connect(gateway.endpoint.control);
    const answer = whole(slow);
    let at = 0;
    const timer = setInterval(() => void slow.write(helloFrame.subarray(at, ++at)), 100);
    expect(String(await answer)).toContain("did not answer in time");
    clearInterval(timer);
    expect(at).toBeLessThan(helloFrame.length);
    await gateway.said("the takeover socket: the other process did not answer in time");
    await allWell();
  }, 60_000);

  const late = {
    kind: "told off",
    reason: "late",
    text: "the other process did not answer in time",
  };
  const silent = { kind: "told off", reason: "silence" };
  /** All that the running process has to give. */
  const takes = async (channel: ControlChannel, courier: FdCourier): Promise<void> => {
    const listeners = await channel.hear("listeners", patienceMs);
    if (listeners.kind === "failed") throw new Error(listeners.failure.kind);
    const { batch } = listeners.says;
    const delivery = courier.take(batch, listeners.says.listeners.length);
    if (delivery.kind !== "delivered") throw new Error(delivery.why);
    for (const fd of delivery.fds) native.close(fd);
    channel.aside = ({ name }) => name === "state";
    channel.say("took", { batch });
    await channel.hear("told", patienceMs);
  };
  /** How far it comes before it says nothing more. */
  const stalls: Record<string, (channel: ControlChannel, courier: FdCourier) => Promise<unknown>> =
    {
      took: (channel) => channel.hear("listeners", patienceMs),
      ready: (channel, courier) => takes(channel, courier),
      accepting: async (channel, courier) => {
        await takes(channel, courier);
        channel.say("ready", { unused: [] });
        await channel.hear("go", patienceMs);
      },
    };
  for (const [step, before] of Object.entries(stalls)) {
    test(`a process that never says '${step}'`, async () => {
      const { gateway, allWell } = await scene();
      await using _ = gateway;
      const { channel, session } = await welcomed(gateway);
      const courier = connectCourier(native, gateway.endpoint.descriptors, session);
      if ("why" in courier) throw new Error(courier.why);
      channel.say("connected", { session });
      await before(channel, courier);
      // Meanwhile it has the only place there is.
      const other = await opened(gateway);
      other.say("hello", hello);
      expect(await other.next(patienceMs)).toMatchObject({ kind: "told off", reason: "busy" });
      expect(await channel.next(patienceMs)).toMatchObject(step === "ready" ? silent : late);
      courier.close();
      await allWell();
    }, 60_000);
  }

  test("a process that is welcome and says nothing", async () => {
    const { gateway, allWell } = await scene();
    await using _ = gateway;
    const { channel } = await welcomed(gateway);
    expect(await channel.next(patienceMs)).toEqual(late as never);
    await allWell();
  }, 60_000);
});

describe("the channel of descriptors belongs to the session", () => {
  const nothing = "the other process said nothing on the channel of descriptors";
  const strangers: Record<string, (gateway: Generations, session: string) => string> = {
    "nobody connects": (_, session) => session,
    "another session is named there": (gateway, session) => {
      const courier = connectCourier(
        native,
        gateway.endpoint.descriptors,
        "0".repeat(session.length),
      );
      expect("why" in courier).toBe(false);
      return session;
    },
    "another session is named here": (gateway, session) => {
      const courier = connectCourier(native, gateway.endpoint.descriptors, session);
      expect("why" in courier).toBe(false);
      return "0".repeat(session.length);
    },
  };
  for (const [name, connects] of Object.entries(strangers)) {
    test(`${name}: nothing is given`, async () => {
      const { gateway, allWell } = await scene();
      await using _ = gateway;
      const { channel, session } = await welcomed(gateway);
      channel.say("connected", { session: connects(gateway, session) });
      expect(await channel.next(patienceMs)).toMatchObject({ kind: "told off", text: nothing });
      await gateway.said(`not taken over: ${nothing}`);
      await allWell();
    }, 60_000);
  }
});

test("10,000 connections: no client notices, and one line a second says so at most", async () => {
  const { gateway, allWell } = await scene();
  await using _ = gateway;
  const began = Date.now();
  const bother = (i: number) => {
    const socket = connect(gateway.endpoint.control);
    const closed = whole(socket);
    if (i % 2 === 0) socket.write(Buffer.alloc(1 + i % 300, i));
    socket.end();
    return closed;
  };
  for (let round = 0; round < 100; round++) {
    await Promise.all(Array.from({ length: 100 }, (_, i) => bother(round * 100 + i)));
  }
  const seconds = (Date.now() - began) / 1000;
  expect(gateway.output.split("takeover socket").length - 1).toBeLessThanOrEqual(seconds + 2);
  await allWell();
}, 120_000);
