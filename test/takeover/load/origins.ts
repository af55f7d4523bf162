import { invert } from "./byte_pattern.ts";

/** Ports of the servers behind the gateway. */
export interface OriginPorts {
  /** Says back the path of each request. */
  readonly http: number;
  /** Says back every byte, inverted. */
  readonly inverting: number;
  /** The same, after it has answered a CONNECT. */
  readonly connect: number;
  /** Says back every message of a WebSocket, inverted. */
  readonly websocket: number;
}

export function startOrigins(): OriginPorts {
  return {
    http: startHttp(),
    inverting: startInverting("none"),
    connect: startInverting("CONNECT"),
    websocket: startWebSocket(),
  };
}

function startHttp(): number {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    // Connections that nobody uses for a while are the gateway's to close.
    idleTimeout: 0,
    fetch: ({ url }) => new Response(url.slice(url.indexOf("/", "http://".length))),
  });
  return server.port!;
}

function startWebSocket(): number {
  const server = Bun.serve<undefined>({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    fetch: (request, server) =>
      server.upgrade(request) ? undefined : new Response("", { status: 400 }),
    websocket: {
      idleTimeout: 0,
      message: (socket, message) => void socket.sendBinary(invert(message as Buffer)),
    },
  });
  return server.port!;
}

interface Answering {
  /** What has come of the CONNECT; undefined once it was answered. */
  head: string | undefined;
  readonly waiting: Uint8Array[];
  ended: boolean;
}

function startInverting(opening: "CONNECT" | "none"): number {
  return Bun.listen<Answering>({
    port: 0,
    hostname: "127.0.0.1",
    allowHalfOpen: true,
    socket: {
      open: (socket) => {
        socket.data = { head: opening === "none" ? undefined : "", waiting: [], ended: false };
      },
      data: (socket, bytes) => {
        const rest = afterHead(socket.data, bytes, (answer) => socket.data.waiting.push(answer));
        if (rest.length > 0) socket.data.waiting.push(invert(rest));
        flush(socket);
      },
      drain: flush,
      end: (socket) => {
        socket.data.ended = true;
        flush(socket);
      },
      error: () => {},
    },
  }).port;
}

function afterHead(
  data: Answering,
  bytes: Buffer,
  answer: (bytes: Uint8Array) => void,
): Uint8Array {
  if (data.head === undefined) return bytes;
  data.head += bytes.toString("latin1");
  const end = data.head.indexOf("\r\n\r\n");
  if (end < 0) return Buffer.alloc(0);
  const rest = Buffer.from(data.head.slice(end + 4), "latin1");
  data.head = undefined;
  answer(Buffer.from("HTTP/1.1 200 Fine\r\n\r\n"));
  return rest;
}

function flush(socket: Bun.Socket<Answering>): void {
  const { waiting, ended } = socket.data;
  while (waiting.length > 0) {
    const first = waiting[0]!;
    const took = Math.max(0, socket.write(first));
    if (took < first.length) {
      waiting[0] = first.subarray(took);
      // Who does not listen is not listened to.
      return void socket.pause();
    }
    waiting.shift();
  }
  socket.resume();
  if (ended) socket.end();
}
