import { Buffer } from "node:buffer";
import type { BackendPlan, CheckPlan, ServerPlan } from "../../config/plan.ts";
import { BodyReader } from "../../http/body_reader.ts";
import { responseFraming } from "../../http/framing.ts";
import { defaultHeadLimits, HeadProgress, readResponseHead } from "../../http/head_reader.ts";
import { ResponseHead } from "../../http/response_head.ts";
import { checkRequest } from "./check_request.ts";
import { type CheckedAnswer, type Finding, judge } from "./expectation.ts";
import type { Conversation } from "./probe.ts";
import type { CheckServices } from "./services.ts";

/** Bytes of a body that expectations see (HAProxy: one buffer, less its reserve). */
const bodyBytesMax = 15360;

/** Connects, and that is the check. */
const connectOnly: Conversation = {
  request: undefined,
  receive: () => undefined,
  end: () => ({ status: "L4OK", code: 0, info: "" }),
};

/** What the backend's check says to this server. */
export function conversationFor(
  backend: BackendPlan,
  server: ServerPlan,
  services: CheckServices,
): Conversation {
  const { check } = backend;
  switch (check.kind) {
    case "tcp":
      return connectOnly;
    case "http": {
      const request = Buffer.from(checkRequest(backend, server, services), "latin1");
      return new HttpConversation(request, check, server);
    }
  }
}

const invalidAnswer: Finding = { status: "L7RSP", code: 0, info: "" };

/** Sends one request and reads as much of the answer as the expectations ask for. */
class HttpConversation implements Conversation {
  #text = "";
  #head = new ResponseHead();
  #progress = new HeadProgress();
  #body: BodyReader | undefined;
  #answer: { status: number; reason: string; body: string; complete: boolean } | undefined;

  constructor(
    readonly request: Uint8Array,
    private readonly check: Extract<CheckPlan, { kind: "http" }>,
    private readonly server: ServerPlan,
  ) {}

  receive(bytes: Uint8Array): Finding | undefined {
    if (this.#answer) return this.#takeBody(bytes, this.#answer);
    this.#text += latin1(bytes, 0, bytes.length);
    const state = readResponseHead(this.#text, this.#head, this.#progress, defaultHeadLimits);
    if (state === "incomplete") return undefined;
    if (state === "invalid") return invalidAnswer;
    const { status, reason } = this.#head;
    if (status === 404 && this.check.disableOn404 && this.server.state.operational !== "stopped") {
      return { status: "L7OKC", code: status, info: "" };
    }
    const framing = responseFraming(this.#head, this.check.method);
    if (framing.kind === "invalid") return invalidAnswer;
    this.#body = new BodyReader(framing.framing);
    const rest = Buffer.from(this.#text.substring(this.#progress.end), "latin1");
    return this.#takeBody(rest, this.#answer = { status, reason, body: "", complete: false });
  }

  end(): Finding {
    const answer = this.#answer;
    if (!answer) return invalidAnswer;
    answer.complete = true;
    return judge(answer, this.check.expect) ?? invalidAnswer;
  }

  #takeBody(
    bytes: Uint8Array,
    answer: { -readonly [Key in keyof CheckedAnswer]: CheckedAnswer[Key] },
  ): Finding | undefined {
    const body = this.#body!;
    let from = 0;
    for (;;) {
      const step = body.step(bytes, from);
      if (step === "more") break;
      if (step === "invalid") return invalidAnswer;
      if (step === "done") {
        answer.complete = true;
        break;
      }
      answer.body += latin1(bytes, body.dataStart, body.dataEnd);
      from = body.at;
    }
    if (answer.body.length >= bodyBytesMax) answer.complete = true;
    return judge(answer, this.check.expect);
  }
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString("latin1");
}
