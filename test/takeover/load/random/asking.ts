import type { ByteStream } from "./byte_stream.ts";
import { type Body, type Head, readBody, readHead } from "./message.ts";
import { sendBody, sendText } from "./sending.ts";
import { Fault, type Visit } from "./visit.ts";
import { targetOf, type Wish } from "./wish.ts";

const bodyBytesMax = 3_000_000;

export interface Asked {
  readonly method: "GET" | "POST" | "PUT" | "HEAD";
  readonly wish: Wish;
  readonly head: string;
  readonly bodyBytes: number;
  readonly framing: "length" | "chunked";
  readonly pace: "at once" | "slow";
}

/** What is given stays; the rest is diced. */
export interface Choice extends Partial<Wish> {
  readonly method?: Asked["method"];
  readonly bodyBytes?: number;
  readonly backend?: string;
  readonly fields?: string;
}

/** Makes a request up. */
export function makeUp(visit: Visit, choice: Choice = {}): Asked {
  const { dice } = visit;
  const method = choice.method ?? dice.pick(["GET", "GET", "POST", "PUT", "HEAD"] as const);
  const answerBytes = choice.answerBytes ?? dice.size(bodyBytesMax);
  const wish: Wish = {
    stream: visit.nextStream(),
    answerBytes,
    framing: choice.framing ?? dice.pick(["length", "length", "chunked", "chunked", "close"]),
    pace: choice.pace ?? (dice.oneIn(5) ? "slow" : "at once"),
    behaviour: choice.behaviour ?? "answers",
    cutAfter: choice.cutAfter ?? dice.from(0, answerBytes),
  };
  const hasBody = method === "POST" || method === "PUT";
  const bodyBytes = hasBody ? choice.bodyBytes ?? dice.size(bodyBytesMax) : 0;
  const framing = dice.pick(["length", "chunked"] as const);
  const framed = !hasBody
    ? ""
    : framing === "length"
    ? `Content-Length: ${bodyBytes}\r\n`
    : "Transfer-Encoding: chunked\r\n";
  const backend = choice.backend ?? dice.pick(["keeps", "keeps", "closes", "unix"]);
  const target = targetOf(backend, wish);
  const head = `${method} ${target} HTTP/1.1\r\nHost: random\r\n${framed}${
    choice.fields ?? ""
  }\r\n`;
  return { method, wish, head, bodyBytes, framing, pace: dice.oneIn(4) ? "slow" : "at once" };
}

/** Sends a request as far as its body's byte `to`; resolves to false when nobody takes it any more. */
export async function send(
  visit: Visit,
  into: ByteStream,
  asked: Asked,
  to = asked.bodyBytes,
): Promise<void> {
  visit.step = "sends a request";
  visit.sums.requests++;
  await sendText(into, asked.head, visit.dice);
  if (!asked.head.includes("\r\nContent-Length:") && !asked.head.includes("\r\nTransfer-")) return;
  const { wish: { stream }, bodyBytes, framing, pace } = asked;
  const manner = { dice: visit.dice, framing, pace };
  visit.sums.sentBytes += await sendBody(into, stream, to, bodyBytes, manner);
}

export interface Answer {
  readonly status: number;
  readonly head: Head;
  readonly body: Body;
}

/** Undefined when the connection ends before there is a head. */
export async function readAnswer(
  visit: Visit,
  from: ByteStream,
  { method, wish }: Asked,
  rest?: () => Promise<void> | undefined,
): Promise<Answer | undefined> {
  visit.step = `reads the answer`;
  let head: Head | undefined;
  let status: number;
  do {
    head = await readHead(from);
    if (!head) return undefined;
    status = Number(head.line.split(" ")[1]);
  } while (status === 100);
  const bare = method === "HEAD" ? { ...head, fields: new Map<string, string>() } : head;
  const unframed = method === "HEAD" ? "none" : "to the end";
  visit.step = `reads the body of ${head.line}`;
  const body = await readBody(from, bare, wish.stream, unframed, rest);
  visit.sums.receivedBytes += body.bytes;
  return { status, head, body };
}

/** The answer must be whole and right. */
export function mustBeRight(visit: Visit, asked: Asked, answer: Answer | undefined): Answer {
  const { method, wish, bodyBytes } = asked;
  const fields = answer?.head.fields;
  const isRight = answer && answer.status === 200 && answer.body.right && answer.body.whole &&
    answer.body.bytes === (method === "HEAD" ? 0 : wish.answerBytes) &&
    fields!.get("x-stream") === `${wish.stream}` && fields!.get("x-got") === `${bodyBytes} right`;
  if (!isRight) throw new Fault(`${asked.head} was answered by ${told(answer)}`);
  visit.sums.answers++;
  return answer;
}

/** Whatever has come of a body must be right; how much is left to those who broke off. */
export function mustBegin(visit: Visit, asked: Asked, answer: Answer | undefined): void {
  visit.sums.brokenOff++;
  const { wish: { answerBytes, stream } } = asked;
  if (!answer || answer.status >= 500) return;
  const { body, head } = answer;
  const isRight = answer.status === 200 && body.right && body.bytes <= answerBytes &&
    head.fields.get("x-stream") === `${stream}`;
  if (!isRight) throw new Fault(`${asked.head} was answered by ${told(answer)}`);
}

export function told(answer: Answer | undefined): string {
  if (!answer) return "nothing";
  const fields = [...answer.head.fields].map(([name, value]) => `${name}: ${value}`);
  return `${answer.head.line} {${fields.join(", ")}} ${JSON.stringify(answer.body)}`;
}
