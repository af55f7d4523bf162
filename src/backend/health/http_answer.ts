import { Buffer } from "node:buffer";
import { BodyReader } from "../../http/body_reader.ts";
import { responseFraming } from "../../http/framing.ts";
import { defaultHeadLimits, HeadProgress, readResponseHead } from "../../http/head_reader.ts";
import { ResponseHead } from "../../http/response_head.ts";

/** Bytes of a body that expectations see (HAProxy: one buffer, less its reserve). */
const bodyBytesMax = 15360;

/** An answer as far as it is here; `invalid` is none. */
export type AnswerState = "head" | "body" | "complete" | "invalid";

/** Reads the answer to one request of a check. */
export class HttpAnswer {
  state: AnswerState = "head";
  readonly head = new ResponseHead();
  /** latin1. */
  body = "";
  #text = "";
  #progress = new HeadProgress();
  #reader: BodyReader | undefined;

  constructor(private readonly method: string) {}

  take(bytes: Uint8Array): void {
    switch (this.state) {
      case "head":
        return this.#takeHead(latin1(bytes, 0, bytes.length));
      case "body":
        return this.#takeBody(bytes);
      case "complete":
      case "invalid":
    }
  }

  /** The server will send no more. */
  end(): void {
    if (this.state === "body") this.state = "complete";
    else if (this.state === "head") this.state = "invalid";
  }

  #takeHead(text: string): void {
    this.#text += text;
    switch (readResponseHead(this.#text, this.head, this.#progress, defaultHeadLimits)) {
      case "incomplete":
        return;
      case "invalid":
        this.state = "invalid";
        return;
      case "complete": {
        const framing = responseFraming(this.head, this.method);
        if (framing.kind === "invalid") {
          this.state = "invalid";
          return;
        }
        this.state = "body";
        this.#reader = new BodyReader(framing.framing);
        this.#takeBody(Buffer.from(this.#text.substring(this.#progress.end), "latin1"));
      }
    }
  }

  #takeBody(bytes: Uint8Array): void {
    const reader = this.#reader!;
    let from = 0;
    for (;;) {
      const step = reader.step(bytes, from);
      if (step === "more") break;
      if (step === "data") {
        this.body += latin1(bytes, reader.dataStart, reader.dataEnd);
        from = reader.at;
        continue;
      }
      this.state = step === "done" ? "complete" : "invalid";
      return;
    }
    if (this.body.length >= bodyBytesMax) this.state = "complete";
  }
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString("latin1");
}
