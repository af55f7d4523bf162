import { Buffer } from "node:buffer";
import type { Reply } from "../../rules/transaction.ts";
import { connectionFields } from "./changed_fields.ts";
import { answerIsIn } from "../http/early_answer.ts";
import type { Exchange } from "../http/exchange.ts";
import type { ResponseSink } from "../http/response_sink.ts";
import { armServerTimer } from "../http/server_phase.ts";

/** Statuses whose Response may not have a body. */
const bodiless = new Set([101, 204, 205, 304]);

/** Body bytes that wait for a handler before the server is held back. */
const waitingBytesMax = 65536;

/**
 * A server's answer as a Response, for the user's middleware. The raw head stays with the exchange;
 * `offered` remembers what the Response said, so that only what was changed is rewritten.
 */
export class ProxiedAnswer implements ResponseSink {
  /** The fields as they were handed out, without those of the connection. */
  readonly offered = new Headers();
  /** The status as it was handed out: the standard knows no others than 200 to 599. */
  status = 0;
  body: ReadableStream<Uint8Array> | null = null;
  taking = false;
  /** What the client is told when the body broke off and no handler made up for it. */
  failure: Reply | undefined;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #settle: { resolve(response: Response): void; reject(error: Error): void } | undefined;

  constructor(private readonly x: Exchange) {}

  /** Sends the request on; resolves when the answer's head is there. */
  ask(route: (x: Exchange) => void): Promise<Response> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.x.sink = this;
      route(this.x);
    });
  }

  head(x: Exchange): void {
    const head = x.response!;
    for (let i = head.next(-1); i >= 0; i = head.next(i)) {
      if (connectionFields.has(head.name(i).toLowerCase())) continue;
      try {
        this.offered.append(head.name(i), head.value(i));
      } catch {
        // The standard's Headers refuse it; it goes out with the raw head all the same.
      }
    }
    this.taking = true;
    this.status = shownStatus(head.status);
    const empty = bodiless.has(head.status) || x.request?.method === "HEAD";
    if (!empty) this.body = this.#stream();
    if (x.responseFraming.kind === "tunnel") {
      x.link?.becomeTunnel();
      x.link?.expect(undefined);
    }
    const response = new Response(this.body, {
      status: this.status,
      statusText: printable(head.reason),
      headers: new Headers(this.offered),
    });
    const held = this.body && x.responseHeld?.take();
    if (this.body) x.responseHeld = undefined;
    if (held && held.length > 0) this.#controller?.enqueue(held);
    if (x.responseEnded) this.end(x);
    this.#settle?.resolve(response);
    this.#settle = undefined;
  }

  bytes(bytes: Uint8Array, from: number, to: number): void {
    const controller = this.#controller;
    if (!controller) return;
    controller.enqueue(new Uint8Array(bytes.subarray(from, to)));
    if ((controller.desiredSize ?? 0) > 0) return;
    this.x.link?.pause();
    this.x.handlers?.owed();
  }

  end(x: Exchange): void {
    answerIsIn(x);
    this.#controller?.close();
    this.#controller = undefined;
  }

  fail(reply: Reply): void {
    this.failure = reply;
    this.#break(new TypeError("The server's answer ended early"));
  }

  abort(): void {
    this.#break(new TypeError("The exchange is over"));
  }

  /** An answer of the gateway's own (an error page, a rule's reply) instead of a server's. */
  reply(x: Exchange, body: string): void {
    const whole = Buffer.from(body, "latin1");
    x.responseEnded = false;
    this.head(x);
    if (whole.length > 0) this.#controller?.enqueue(whole);
    x.responseEnded = true;
    this.end(x);
  }

  #break(error: Error): void {
    this.#controller?.error(error);
    this.#controller = undefined;
    this.#settle?.reject(error);
    this.#settle = undefined;
  }

  #stream(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => {
        this.x.link?.resume();
        armServerTimer(this.x);
        this.x.handlers?.owed();
      },
      cancel: () => {
        this.#controller = undefined;
        this.x.abandonAnswer();
      },
    }, new ByteLengthQueuingStrategy({ highWaterMark: waitingBytesMax }));
  }
}

/** 101 looks like a success to handlers; what the standard does not know at all, like a failure. */
function shownStatus(status: number): number {
  if (status === 101) return 200;
  return status >= 200 && status <= 599 ? status : 502;
}

/** A reason phrase that the Response constructor takes. */
function printable(reason: string): string {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(reason) ? reason : "";
}
