import type { ByteStream } from "./byte_stream.ts";
import {
  type Answer,
  type Asked,
  makeUp,
  mustBegin,
  mustBeRight,
  readAnswer,
  send,
  told,
} from "./asking.ts";
import { Fault, type Script, type Visit } from "./visit.ts";

const requestsMax = 6;
const thinkMsMax = 60;
const largeBytes = 4_000_000;

/** The server of the gateway has said that no other answer follows. */
function isLast({ head }: Answer): boolean {
  return head.fields.get("connection")?.toLowerCase() === "close";
}

async function ask(visit: Visit, into: ByteStream, asked: Asked): Promise<Answer> {
  const sending = send(visit, into, asked);
  const answer = mustBeRight(visit, asked, await readAnswer(visit, into, asked));
  await sending;
  return answer;
}

const keepsAlive: Script = async (visit) => {
  let stream: ByteStream | undefined;
  for (let left = visit.dice.from(1, requestsMax); left > 0; left--) {
    stream ??= await visit.connect(visit.dice.pick(visit.doors.web));
    const expects = visit.dice.oneIn(4) ? "Expect: 100-continue\r\n" : "";
    const answer = await ask(visit, stream, makeUp(visit, { fields: expects }));
    if (isLast(answer)) {
      await mustEnd(visit, stream);
      stream = undefined;
    }
    await visit.pause(thinkMsMax);
  }
};

const pipelines: Script = async (visit) => {
  const stream = await visit.connect(visit.dice.pick(visit.doors.web));
  const all = Array.from(
    { length: visit.dice.from(2, requestsMax) },
    () => makeUp(visit, { framing: visit.dice.pick(["length", "chunked"]) }),
  );
  const sending = sendAll(visit, stream, all);
  for (const [i, asked] of all.entries()) {
    const answer = mustBeRight(visit, asked, await readAnswer(visit, stream, asked));
    if (!isLast(answer)) continue;
    visit.sums.notServed += all.length - i - 1;
    break;
  }
  stream.end();
  await sending;
};

async function sendAll(visit: Visit, into: ByteStream, all: readonly Asked[]): Promise<void> {
  for (const asked of all) await send(visit, into, asked);
}

const comesForOne: Script = async (visit) => {
  const stream = await visit.connect(visit.dice.pick(visit.doors.web));
  await ask(visit, stream, makeUp(visit, { fields: "Connection: close\r\n" }));
  await mustEnd(visit, stream);
};

const readsSlowly: Script = async (visit) => {
  const { dice } = visit;
  const stream = await visit.connect(dice.pick(visit.doors.web));
  const answerBytes = dice.from(0, largeBytes);
  const asked = makeUp(visit, { method: "GET", answerBytes });
  await send(visit, stream, asked);
  const rest = () => dice.oneIn(8) ? visit.pause(thinkMsMax) : undefined;
  mustBeRight(visit, asked, await readAnswer(visit, stream, asked, rest));
};

const endsItsSide: Script = async (visit) => {
  const stream = await visit.connect(visit.dice.pick(visit.doors.web));
  const asked = makeUp(visit);
  await send(visit, stream, asked);
  stream.shutdown();
  mustBeRight(visit, asked, await readAnswer(visit, stream, asked));
  await mustEnd(visit, stream);
};

/** In the middle of what it sends, or of what it is sent. */
const breaksOff: Script = async (visit) => {
  const { dice } = visit;
  const stream = await visit.connect(dice.pick(visit.doors.web));
  const uploads = dice.oneIn(2);
  const method = uploads ? "POST" : "GET";
  const asked = makeUp(visit, { method, answerBytes: dice.from(0, largeBytes) });
  await send(visit, stream, asked, uploads ? dice.from(0, asked.bodyBytes) : 0);
  let pieces = dice.from(0, 20);
  const leave = () => dice.oneIn(2) ? stream.reset() : stream.end();
  const rest = () => pieces-- <= 0 ? void leave() : undefined;
  if (uploads) leave();
  mustBegin(visit, asked, await readAnswer(visit, stream, asked, rest));
};

/** There is something left of each answer: a server that closes behind a whole one may be asked again. */
const isCutShort: Script = async (visit) => {
  const { dice } = visit;
  const behaviour = dice.pick(["leaves", "ends", "resets"] as const);
  const method = dice.pick(["GET", "POST"] as const);
  const answerBytes = dice.from(1, dice.oneIn(8) ? largeBytes : 10_000);
  const cutAfter = dice.from(0, answerBytes - 1);
  const stream = await visit.connect(dice.pick(visit.doors.web));
  const asked = makeUp(visit, { behaviour, method, answerBytes, cutAfter });
  await send(visit, stream, asked);
  const answer = await readAnswer(visit, stream, asked);
  mustBegin(visit, asked, answer);
  const { body } = answer ?? {};
  const framing = asked.wish.framing;
  if (body?.whole && answer!.status === 200 && framing !== "close") {
    throw new Fault(`${asked.head} was cut short, and nobody was told: ${told(answer)}`);
  }
};

/** The answer comes before the request is through: as much of it as there is, must be right. */
const isAnsweredEarly: Script = async (visit) => {
  const stream = await visit.connect(visit.dice.pick(visit.doors.web));
  const asked = makeUp(visit, { method: "POST", behaviour: "answers early" });
  const sending = send(visit, stream, asked);
  mustBegin(visit, asked, await readAnswer(visit, stream, asked));
  stream.end();
  await sending;
};

const losesPatience: Script = async (visit) => {
  const { dice } = visit;
  const stream = await visit.connect(visit.doors.impatient);
  const asked = makeUp(visit, { method: "GET", answerBytes: largeBytes, backend: "stalls" });
  const kind = dice.pick(["server", "request", "client", "idle"] as const);
  visit.step = `waits for the patience of ${kind}`;
  if (kind === "server") return await isToldOf(visit, stream, 504);
  if (kind === "request") {
    await stream.text(asked.head.slice(0, dice.from(1, asked.head.length - 1)));
    return expectStatus(visit, asked, await readAnswer(visit, stream, asked), 408);
  }
  if (kind === "client") {
    const small = makeUp(visit, { method: "POST", bodyBytes: 100, backend: "stalls" });
    await send(visit, stream, small, 50);
    return expectStatus(visit, small, await readAnswer(visit, stream, small), 408, 504);
  }
  const idle = makeUp(visit, { framing: "length", backend: "keeps" });
  await ask(visit, stream, idle);
  await mustEnd(visit, stream);
};

async function isToldOf(visit: Visit, stream: ByteStream, status: number): Promise<void> {
  const asked = makeUp(visit, { method: "GET", behaviour: "stalls", backend: "stalls" });
  await send(visit, stream, asked);
  expectStatus(visit, asked, await readAnswer(visit, stream, asked), status);
}

function expectStatus(
  visit: Visit,
  asked: Asked,
  answer: Answer | undefined,
  ...statuses: readonly number[]
): void {
  visit.sums.brokenOff++;
  if (answer && statuses.includes(answer.status)) return;
  throw new Fault(`${asked.head} was answered by ${told(answer)} instead of ${statuses}`);
}

/** The gateway ends the connection, and nothing more comes of it. */
async function mustEnd(visit: Visit, stream: ByteStream): Promise<void> {
  visit.step = "waits for the end of its connection";
  const piece = await stream.piece();
  if (piece) throw new Fault(`After the last answer came ${JSON.stringify(`${piece}`)}`);
  stream.end();
}

export const httpVisits: Readonly<Record<string, Script>> = {
  "keeps alive": keepsAlive,
  "pipelines": pipelines,
  "comes for one": comesForOne,
  "reads slowly": readsSlowly,
  "ends its side": endsItsSide,
  "breaks off": breaksOff,
  "is cut short": isCutShort,
  "is answered early": isAnsweredEarly,
  "loses patience": losesPatience,
};
