import type { Exchange } from "./exchange.ts";

/**
 * The request as the standard describes it, made from the head as it stands after the rules.
 * Undefined when it cannot be one (a method or target that the standard forbids).
 */
export function standardRequest(x: Exchange): Request | undefined {
  const head = x.request!;
  const headers = new Headers();
  for (let i = head.next(-1); i >= 0; i = head.next(i)) {
    try {
      headers.append(head.name(i), head.value(i));
    } catch {
      // A value that the standard refuses passes on the raw head, where rules have let it.
    }
  }
  const host = head.first("host") ?? "localhost";
  const hasBody = x.requestFraming.kind !== "none";
  try {
    return new Request(`http://${host}${head.pathq ?? "/"}`, {
      method: head.method,
      headers,
      ...(hasBody ? { body: requestBody(x), duplex: "half" } : {}),
    } as RequestInit);
  } catch {
    return undefined;
  }
}

/** The body for a handler that reads it; when it asks the proxy instead, nothing was taken. */
function requestBody(x: Exchange): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      x.bodyReader ??= controller;
      feedBody(x);
    },
    cancel() {
      x.bodyReader = undefined;
    },
  }, { highWaterMark: 0 });
}

/** Gives what arrived of the body to the handler that reads it. */
export function feedBody(x: Exchange): void {
  const reader = x.bodyReader;
  if (!reader) return;
  if (x.held && x.held.size > 0) {
    reader.enqueue(x.held.take());
    x.client.resume();
  }
  if (x.requestEnded) {
    x.bodyReader = undefined;
    reader.close();
  }
}

/** The client left before its body was complete. */
export function breakBody(x: Exchange): void {
  const reader = x.bodyReader;
  x.bodyReader = undefined;
  reader?.error(new TypeError("The client closed the connection within the request's body"));
}
