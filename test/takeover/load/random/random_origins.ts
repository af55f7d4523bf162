import { ByteStream } from "./byte_stream.ts";
import { Dice } from "./dice.ts";
import { type Body, type Head, readBody, readHead } from "./message.ts";
import { sendBody } from "./sending.ts";
import { serveTunnel } from "./tunnel_origin.ts";
import { type Wish, wishOf } from "./wish.ts";

/** Where the servers of the random traffic are. */
export interface RandomOriginPorts {
  /** Does what the target of a request wishes; what has another protocol becomes a tunnel. */
  readonly http: number;
  /** Does what the first line of a connection wishes. */
  readonly tunnel: number;
}

/** @param path of a unix socket that the HTTP server listens on, too */
export function startRandomOrigins(path: string): RandomOriginPorts {
  ByteStream.listen({ unix: path }, serveHttp);
  const hostname = "127.0.0.1";
  return {
    http: ByteStream.listen({ hostname, port: 0 }, serveHttp),
    tunnel: ByteStream.listen({ hostname, port: 0 }, serveTunnel),
  };
}

async function serveHttp(stream: ByteStream): Promise<void> {
  for (;;) {
    const head = await readHead(stream);
    if (!head) return stream.end();
    const [method, target] = head.line.split(" ");
    const opening = tunnelOpening(method!, head);
    if (opening !== undefined) {
      await stream.text(opening);
      return serveTunnel(stream);
    }
    const next = await serveRequest(stream, method!, wishOf(target!), head);
    if (next === "close") return;
  }
}

function tunnelOpening(method: string, { fields }: Head): string | undefined {
  if (method === "CONNECT") return "HTTP/1.1 200 Fine\r\n\r\n";
  if (fields.get("upgrade") === undefined) return undefined;
  return "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n" +
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
}

async function serveRequest(
  stream: ByteStream,
  method: string,
  wish: Wish,
  head: Head,
): Promise<"next" | "close"> {
  const early = wish.behaviour === "answers early";
  if (early) await answer(stream, method, wish, undefined);
  if (head.fields.has("expect")) await stream.text("HTTP/1.1 100 Continue\r\n\r\n");
  const body = await readBody(stream, head, wish.stream, "none");
  if (!body.whole) return close(stream);
  if (early) return "next";
  if (wish.behaviour === "leaves") return close(stream);
  // Whoever waits for it gives up at last.
  if (wish.behaviour === "stalls") return await stream.piece() ? "next" : close(stream);
  return await answer(stream, method, wish, body);
}

/** @param body of the request; undefined when it has not been read */
async function answer(
  stream: ByteStream,
  method: string,
  wish: Wish,
  body: Body | undefined,
): Promise<"next" | "close"> {
  const { framing, pace, answerBytes, behaviour } = wish;
  const dice = new Dice(wish.stream);
  const got = body ? `${body.bytes} ${body.right ? "right" : "wrong"}` : "unread";
  const framed = framing === "length"
    ? `Content-Length: ${answerBytes}\r\n`
    : framing === "chunked"
    ? "Transfer-Encoding: chunked\r\n"
    : "Connection: close\r\n";
  await stream.text(
    `HTTP/1.1 200 OK\r\nX-Stream: ${wish.stream}\r\nX-Got: ${got}\r\n${framed}\r\n`,
  );
  const breaksOff = behaviour === "ends" || behaviour === "resets";
  const to = breaksOff ? Math.min(wish.cutAfter, answerBytes) : answerBytes;
  if (method !== "HEAD") {
    // What breaks off never ends a body in chunks.
    const length = breaksOff ? to + 1 : to;
    await sendBody(stream, wish.stream, to, length, { dice, pace, framing });
  }
  if (behaviour === "resets") stream.reset();
  return breaksOff || framing === "close" ? close(stream) : "next";
}

function close(stream: ByteStream): "close" {
  stream.end();
  return "close";
}
