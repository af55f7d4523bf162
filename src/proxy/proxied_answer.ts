import { Buffer } from "node:buffer";
import type { Exchange } from "./exchange.ts";
import type { ResponseSink } from "./response_sink.ts";

/** Statuses whose Response may not have a body. */
const bodiless = new Set([204, 205, 304]);

/**
 * A server's answer as a Response, for the user's middleware. The raw head stays with the exchange;
 * `offered` remembers what the Response said, so that only what was changed is rewritten.
 */
export class ProxiedAnswer implements ResponseSink {
  /** The fields as they were handed out. */
  offered = new Headers();
  body: ReadableStream<Uint8Array> | null = null;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #settle: { resolve(response: Response): void; reject(error: Error): void } | undefined;

  constructor(private readonly x: Exchange) {}

  /** Sends the request on; resolves when the answer's head is there. */
  ask(route: (x: Exchange) => void): Promise<Response> {
    const { x } = this;
    return new Promise((resolve, reject) => {
      if (x.over) return reject(new TypeError("The client has gone"));
      this.#settle = { resolve, reject };
      x.sink = this;
      x.bodyReader = undefined;
      route(x);
    });
  }

  head(x: Exchange): void {
    const head = x.response!;
    for (let i = head.next(-1); i >= 0; i = head.next(i)) {
      try {
        this.offered.append(head.name(i), head.value(i));
      } catch {
        // The standard's Headers refuse it; it goes out with the raw head all the same.
      }
    }
    x.responseStarted = true;
    const empty = bodiless.has(head.status) || x.request?.method === "HEAD";
    if (!empty) this.body = this.#stream();
    const response = new Response(this.body, {
      status: head.status < 200 ? 502 : head.status,
      statusText: printable(head.reason),
      headers: new Headers(this.offered),
    });
    const held = x.responseHeld?.take();
    x.responseHeld = undefined;
    if (held && held.length > 0) this.#controller?.enqueue(held);
    if (x.responseEnded) this.end(x);
    this.#settle?.resolve(response);
    this.#settle = undefined;
  }

  bytes(bytes: Uint8Array, from: number, to: number): void {
    const controller = this.#controller;
    if (!controller) return;
    controller.enqueue(new Uint8Array(bytes.subarray(from, to)));
    if ((controller.desiredSize ?? 0) <= 0) this.x.link?.pause();
  }

  end(x: Exchange): void {
    x.releaseLink();
    this.#controller?.close();
    this.#controller = undefined;
  }

  abort(_x: Exchange): void {
    const error = new TypeError("The server's answer ended early");
    this.#controller?.error(error);
    this.#controller = undefined;
    this.#settle?.reject(error);
    this.#settle = undefined;
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

  #stream(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.x.link?.resume(),
      cancel: () => {
        this.#controller = undefined;
        this.x.abandonAnswer();
      },
    }, new ByteLengthQueuingStrategy({ highWaterMark: 65536 }));
  }
}

/** A reason phrase that the Response constructor takes. */
function printable(reason: string): string {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(reason) ? reason : "";
}
