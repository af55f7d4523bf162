import { isInverted, patternOf } from "../byte_pattern.ts";
import type { ByteStream } from "./byte_stream.ts";
import { readHead } from "./message.ts";
import { tunnelLine, type TunnelWish } from "./tunnel_origin.ts";
import { Fault, type Script, type Visit } from "./visit.ts";

const saidBytesMax = 4_000_000;
const pieceBytesMax = 65_536;
const pauseMsMax = 30;

type Ends = "both sides" | "by its client" | "by its server";

/** How bytes go through a tunnel. */
interface Talk {
  readonly stream: number;
  /** What the client has to say. */
  readonly bytes: number;
  readonly ends: Ends;
  readonly wish: TunnelWish;
}

async function overTcp(visit: Visit): Promise<ByteStream> {
  return await visit.connect(visit.dice.pick(visit.doors.tunnels));
}

async function byConnect(visit: Visit): Promise<ByteStream> {
  return await opened(visit, "CONNECT random:80 HTTP/1.1\r\nHost: random:80\r\n\r\n", "200");
}

async function byUpgrade(visit: Visit): Promise<ByteStream> {
  const head = "GET /socket HTTP/1.1\r\nHost: random\r\nConnection: upgrade\r\n" +
    "Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  return await opened(visit, head, "101");
}

async function opened(visit: Visit, asked: string, status: string): Promise<ByteStream> {
  const stream = await visit.connect(visit.dice.pick(visit.doors.web));
  visit.step = `waits for ${status}`;
  visit.sums.requests++;
  await stream.text(asked);
  const head = await readHead(stream);
  if (head?.line.split(" ")[1] !== status) throw new Fault(`${asked} got ${head?.line}`);
  visit.sums.answers++;
  return stream;
}

function talking(open: (visit: Visit) => Promise<ByteStream>): Script {
  return async (visit) => {
    const { dice } = visit;
    const bytes = dice.size(saidBytesMax);
    const ends = dice.pick(["both sides", "both sides", "by its client", "by its server"] as const);
    const cutAfter = ends === "by its server" ? dice.from(1, 1 + bytes) : Number.MAX_SAFE_INTEGER;
    const wish: TunnelWish = { cutAfter, by: dice.pick(["end", "reset"]) };
    const talk = { stream: visit.nextStream(), bytes, ends, wish };
    const through = await open(visit);
    await through.text(tunnelLine(wish));
    const saying = say(visit, through, talk);
    await hear(visit, through, talk);
    await saying;
  };
}

async function say(visit: Visit, into: ByteStream, { stream, bytes, ends }: Talk): Promise<void> {
  const { dice } = visit;
  const slow = dice.oneIn(3);
  const to = ends === "by its client" ? dice.from(0, bytes) : bytes;
  let sent = 0;
  while (sent < to) {
    const piece = patternOf(stream, sent, Math.min(to - sent, dice.from(1, pieceBytesMax)));
    if (!await into.write(piece)) return;
    sent += piece.length;
    visit.sums.sentBytes += piece.length;
    if (slow && dice.oneIn(3)) await visit.pause(pauseMsMax);
  }
  if (ends === "by its client") return dice.oneIn(2) ? into.reset() : into.end();
  into.shutdown();
}

async function hear(visit: Visit, from: ByteStream, talk: Talk): Promise<void> {
  const { dice } = visit;
  const slow = dice.oneIn(3);
  let received = 0;
  for (;;) {
    visit.step = `hears ${JSON.stringify(talk)} from byte ${received} on`;
    const piece = await from.piece();
    if (!piece) break;
    if (!isInverted(talk.stream, received, piece)) {
      throw new Fault(`${JSON.stringify(talk)} heard something else at ${received}`);
    }
    received += piece.length;
    visit.sums.receivedBytes += piece.length;
    if (slow && dice.oneIn(3)) await visit.pause(pauseMsMax);
  }
  if (talk.ends !== "both sides") return void visit.sums.brokenOff++;
  if (received !== talk.bytes) {
    throw new Fault(`${JSON.stringify(talk)} heard ${received} bytes and ${from.endedBy}`);
  }
}

/** Says half a line, and nothing more: the gateway has patience for a while. */
const fallsSilent: Script = async (visit) => {
  const through = await visit.connect(visit.doors.silent);
  await through.text("1");
  visit.step = "waits for the end of a silent tunnel";
  if (await through.piece()) throw new Fault("A server spoke that had nothing to say");
  visit.sums.brokenOff++;
};

export const tunnelVisits: Readonly<Record<string, Script>> = {
  "talks over TCP": talking(overTcp),
  "talks by CONNECT": talking(byConnect),
  "talks by an upgrade": talking(byUpgrade),
  "falls silent": fallsSilent,
};
