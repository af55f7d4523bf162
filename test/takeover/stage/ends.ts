import { connect, createServer, type Socket } from "node:net";
import { freePort } from "../../support/free_port.ts";
import { Generations } from "./generations.ts";

const closing: (() => void)[] = [];

/** Closes all that was opened here; for `afterEach`. */
export function closeEnds(): void {
  for (const close of closing.splice(0)) close();
}

/** One end of a stream, and all that has come to it. */
export class End {
  readonly #pieces: Buffer[] = [];
  size = 0;
  ended = false;
  closed = false;

  constructor(readonly socket: Socket) {
    socket.on("data", (piece: Buffer) => {
      this.#pieces.push(piece);
      this.size += piece.length;
    });
    socket.on("end", () => this.ended = true);
    socket.on("close", () => this.closed = true);
    socket.on("error", () => {});
    closing.push(() => socket.destroy());
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  get text(): string {
    return this.bytes.toString("latin1");
  }
}

/**
 * A gateway, a client that is connected to it, and what connects to its server.
 *
 * @param more a line for `global`
 */
export async function open(mode: "tcp" | "http", more = "") {
  const servers: End[] = [];
  const origin = createServer({ allowHalfOpen: true }, (socket) => {
    socket.pause();
    servers.push(new End(socket));
    socket.resume();
  });
  await new Promise<void>((resolve) => origin.listen(0, "127.0.0.1", resolve));
  closing.push(() => void origin.close());
  const port = await freePort();
  const file = `
global
  ${more}
defaults
  mode ${mode}
  timeout connect 10s
  timeout client 60s
  timeout server 60s
listen fe
  bind 127.0.0.1:${port}
  server s 127.0.0.1:${(origin.address() as { port: number }).port} pool-purge-delay 60s
`;
  const gateway = await new Generations(file, ["--instance", "test"]).ready();
  const enter = () => new End(connect({ port, host: "127.0.0.1", allowHalfOpen: true }));
  return { gateway, client: enter(), servers, enter };
}

/** Bytes of which no long run comes twice. */
export const numbered = (size: number) =>
  Buffer.from(Uint8Array.from({ length: size }, (_, i) => i * 31 + (i >>> 9)));
