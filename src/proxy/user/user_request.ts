import type { RequestHead } from "../../http/request_head.ts";
import { flushOutbox } from "../../net/outbox.ts";
import type { Exchange } from "../http/exchange.ts";
import { askForBody } from "../http/run_rules.ts";

/** What a URL's authority may hold; anything else could end it early and hide the path. */
const plainHost = /^[\w.\-~%!$&'()*+,;=:[\]]+$/;

/** Methods that the standard's Request refuses. */
const methodsWithoutRequest = new Set(["CONNECT", "TRACE", "TRACK"]);

/** A request that cannot be a standard Request, and what answers it. */
export class NoStandardRequest extends Error {
  override name = "NoStandardRequest";
  constructor(readonly status: 400 | 405) {
    super("The request can't be a standard Request");
  }
}

/** The URL of the standard Request, as long as nothing in it is normalised. */
export function standardUrl(head: RequestHead): string {
  const host = head.first("host") || "localhost";
  if (!plainHost.test(host)) throw new NoStandardRequest(400);
  return `http://${host}${head.pathq ?? "/"}`;
}

/**
 * The request as the standard describes it, made from the head as it stands after the rules. Throws
 * {@link NoStandardRequest}.
 */
export function standardRequest(
  x: Exchange,
  body: RequestStream | undefined,
  signal: AbortSignal,
): Request {
  const head = x.request!;
  const { method } = head;
  if (methodsWithoutRequest.has(method.toUpperCase())) throw new NoStandardRequest(405);
  const url = standardUrl(head);
  const headers = new Headers();
  for (let i = head.next(-1); i >= 0; i = head.next(i)) {
    try {
      headers.append(head.name(i), head.value(i));
    } catch {
      // A value that the standard refuses passes on the raw head, where rules have let it.
    }
  }
  // The standard knows no body of GET and HEAD; the server gets it all the same.
  const stream = method === "GET" || method === "HEAD" ? undefined : body?.stream;
  try {
    return new Request(url, {
      method,
      headers,
      signal,
      ...(stream ? { body: stream, duplex: "half" } : {}),
    } as RequestInit);
  } catch {
    throw new NoStandardRequest(400);
  }
}

/** A request's body for the handlers that read it: bytes are taken when they ask, and not before. */
export class RequestStream {
  readonly stream: ReadableStream<Uint8Array>;
  /** Bytes were handed out: the body can't be sent to a server any more. */
  taken = false;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #wanted = false;

  constructor(private readonly x: Exchange) {
    this.stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => {
        this.taken = this.#wanted = true;
        askForBody(this.x);
        flushOutbox();
        this.feed();
      },
      cancel: () => {
        this.#controller = undefined;
      },
    }, { highWaterMark: 0 });
  }

  /** A handler waits for bytes that the client has not sent yet. */
  get waiting(): boolean {
    return this.#wanted && this.#controller !== undefined;
  }

  /** Gives what arrived to a handler that waits for it. */
  feed(): void {
    const { x } = this;
    const controller = this.#controller;
    if (!controller || !this.#wanted) return;
    if (x.held && x.held.size > 0) {
      this.#wanted = false;
      controller.enqueue(x.held.take());
      x.client.resume();
    }
    if (x.requestEnded && !(x.held && x.held.size > 0)) {
      this.#controller = undefined;
      controller.close();
    }
  }

  /** The exchange is over; what is missing of the body will never come. */
  break(): void {
    const controller = this.#controller;
    this.#controller = undefined;
    controller?.error(new TypeError("The request ended before its body was complete"));
  }
}
