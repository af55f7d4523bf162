import { connect, type Socket } from "node:net";
import { sendPieces } from "./delivery.ts";
import { type Message, takeMessage } from "./http_message.ts";

/** What became of the connection after the last expected answer. */
export type Fate =
  /** A further request on it was answered. */
  | "kept"
  /** The gateway ended it. */
  | "closed"
  /** Neither an answer nor an end within the deadline. */
  | "silent"
  /** The gateway did not accept the connection. */
  | "refused"
  /** Nobody looked. */
  | "unasked";

export interface ClientScript {
  readonly host: string;
  readonly port: number;
  /** Source address; 127.0.0.1 when absent. */
  readonly from?: string;
  /** latin1; each is sent after the gateway has read the one before. */
  readonly pieces: readonly string[];
  /** Methods of the requests in order, to know which answers have no body. */
  readonly methods: readonly string[];
  /** Final answers that are waited for before the fate of the connection is probed. */
  readonly answers: number;
  /** Ends the sending side after the pieces. */
  readonly halfClose?: boolean;
  /** A request that tells whether the connection is still alive; without one nobody looks. */
  readonly probe?: string;
  readonly deadlineMs: number;
}

export interface ClientRecord {
  readonly answers: readonly Message[];
  /** Bytes that belong to no answer. */
  readonly rest: string;
  readonly fate: Fate;
}

class Reader {
  text = "";
  closed = false;
  #wake: (() => void) | undefined;

  constructor(readonly socket: Socket) {
    socket.on("data", (chunk: Buffer) => {
      this.text += chunk.toString("latin1");
      this.#wake?.();
    });
    const over = () => {
      this.closed = true;
      this.#wake?.();
    };
    socket.on("end", over);
    socket.on("close", over);
    socket.on("error", over);
  }

  /** Resolves once `done` holds after some event, or at the deadline. */
  async until(done: () => boolean, deadlineAt: number): Promise<void> {
    while (!done()) {
      const left = deadlineAt - Date.now();
      if (left <= 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

function parse(
  reader: Reader,
  methods: readonly string[],
): { answers: Message[]; final: number; rest: string } {
  const answers: Message[] = [];
  let at = 0;
  let final = 0;
  while (at < reader.text.length) {
    const method = methods[final] ?? "GET";
    const taken = takeMessage(reader.text, at, { side: "answer", method, closed: reader.closed });
    if (taken.kind !== "message") break;
    answers.push(taken.message);
    at = taken.next;
    if (!/^HTTP\/1\.[01] 1(?!01)/.test(taken.message.start)) final++;
  }
  return { answers, final, rest: reader.text.slice(at) };
}

function open(script: ClientScript): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: script.host,
      port: script.port,
      localAddress: script.from,
      allowHalfOpen: true,
      noDelay: true,
    });
    socket.once("connect", () => resolve(socket));
    socket.once("error", reject);
  });
}

/** Plays a script against a gateway and records what came back. */
export async function play(script: ClientScript): Promise<ClientRecord> {
  const socket = await open(script).catch(() => undefined);
  if (socket === undefined) return { answers: [], rest: "", fate: "refused" };
  const reader = new Reader(socket);
  try {
    const deadlineAt = Date.now() + script.deadlineMs;
    await sendPieces(socket, script.pieces);
    if (script.halfClose === true) socket.end();
    const enough = () => reader.closed || parse(reader, script.methods).final >= script.answers;
    await reader.until(enough, deadlineAt);
    const before = parse(reader, script.methods);
    if (script.probe !== undefined && !reader.closed && script.halfClose !== true) {
      return await probe(reader, script, before.final);
    }
    const look = script.probe !== undefined || script.halfClose === true;
    if (script.halfClose === true) await reader.until(() => reader.closed, deadlineAt);
    const { answers, rest } = parse(reader, script.methods);
    return { answers, rest, fate: !look ? "unasked" : reader.closed ? "closed" : "silent" };
  } finally {
    // A reset leaves nothing behind in the kernel's table, which is searched for every piece sent.
    socket.resetAndDestroy();
  }
}

async function probe(reader: Reader, script: ClientScript, before: number): Promise<ClientRecord> {
  const methods = [...script.methods.slice(0, before)];
  while (methods.length < before) methods.push("GET");
  await sendPieces(reader.socket, [script.probe ?? ""]);
  const answered = () => parse(reader, methods).final > before;
  await reader.until(() => reader.closed || answered(), Date.now() + script.deadlineMs);
  const { answers, rest } = parse(reader, methods);
  if (!answered()) return { answers, rest, fate: reader.closed ? "closed" : "silent" };
  // The probe may have been taken for the rest of a body: then its remainder is what was answered.
  const last = answers.at(-1);
  const closing = last?.headers.some(([name, value]) =>
    /^connection$/i.test(name) && value === "close"
  );
  if (/ 40[08] /.test(last?.start ?? "") && closing === true) {
    return { answers, rest, fate: "closed" };
  }
  return { answers: answers.slice(0, -1), rest, fate: "kept" };
}
