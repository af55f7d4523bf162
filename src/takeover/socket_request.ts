import { Buffer } from "node:buffer";
import { FdChannel, type Libc, SystemCallError, unixAddress, unixFamily } from "../../ffi/mod.ts";
import { decodeRecords, type SocketRecord } from "./socket_record.ts";

/** A socket that was given; its descriptor is the receiver's to close. */
export interface GivenSocket extends SocketRecord {
  readonly fd: number;
  /** The number it had when the other process inherited it (`fd@N`). */
  readonly inherited?: number | undefined;
}

/** The other process did not give its sockets. */
export class SocketRequestError extends Error {
  override name = "SocketRequestError";
}

const stream = 1;
const closeOnExec = 0o2000000;
const nonBlocking = 0o4000;

/** HAProxy's patience for every message. */
const answerTimeoutMs = 1000;
const pollMs = 2;
/** More is no count, but the text of something else that listens there. */
const socketsMax = 65536;
const countBytes = 4;
/** Two names of 255 bytes, with their lengths and options. */
const recordBytesMax = 516;
const deaf = "the connection takes nothing";

/**
 * Asks the process that listens at `path` for its listening sockets, as HAProxy's `-x` does. The other
 * process keeps them as well, and goes on serving.
 *
 * @param path of a `stats socket` with `expose-fd listeners`
 * @throws SocketRequestError, with all that came closed
 */
export async function requestSockets(libc: Libc, path: string): Promise<GivenSocket[]> {
  const socket = connectTo(libc, path);
  const fds: number[] = [];
  try {
    const exchange = new Exchange(libc, socket, fds);
    const count = await exchange.begin();
    return await exchange.receive(count);
  } catch (error) {
    for (const fd of fds) libc.close(fd);
    throw error;
  } finally {
    libc.close(socket);
  }
}

function connectTo(libc: Libc, path: string): number {
  const refused = `Failed to connect to the old process socket '${path}'`;
  let address: Uint8Array;
  try {
    address = unixAddress(path);
  } catch (cause) {
    throw new SocketRequestError(refused, { cause });
  }
  const socket = libc.socket(unixFamily, stream | closeOnExec | nonBlocking, 0);
  if (socket >= 0 && libc.connect(socket, address, address.length) === 0) return socket;
  const cause = new SystemCallError("connect", libc.errno());
  if (socket >= 0) libc.close(socket);
  throw new SocketRequestError(`${refused}: ${cause.text}`, { cause });
}

/** The conversation on the connected socket. */
class Exchange {
  readonly #channel: FdChannel;

  constructor(libc: Libc, private readonly socket: number, private readonly fds: number[]) {
    this.#channel = new FdChannel(libc);
  }

  /** Asks; resolves to the number of sockets that will come. */
  async begin(): Promise<number> {
    try {
      if (!this.#send(Buffer.from("_getsocks\n"))) throw new SocketRequestError(deaf);
      const count = await this.#count();
      if (count >= 1 && count <= socketsMax) return count;
      throw new SocketRequestError("the answer is not that of a process that gives its sockets");
    } catch (cause) {
      const reason = (cause as Error).message;
      throw new SocketRequestError(
        `Failed to get the number of sockets to be transferred: ${reason}`,
        { cause },
      );
    }
  }

  async #count(): Promise<number> {
    let got = Buffer.alloc(0);
    // No byte more: the next one carries descriptors of its own.
    while (got.length < countBytes) {
      got = Buffer.concat([got, await this.#receive(countBytes - got.length)]);
    }
    return got.readInt32LE();
  }

  async receive(count: number): Promise<GivenSocket[]> {
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    while (this.fds.length < count) {
      const before = this.fds.length;
      const piece = await this.#receive();
      pieces.push(piece);
      bytes += piece.length;
      if (this.fds.length > count) throw new SocketRequestError("more sockets came than announced");
      if (bytes > count * recordBytesMax) throw new SocketRequestError("the records are too long");
      if (this.fds.length === before) continue;
      const ack = Buffer.alloc(countBytes);
      ack.writeInt32LE(before);
      // HAProxy before 3.2 closes at once behind the last of them.
      if (!this.#send(ack) && this.fds.length < count) throw new SocketRequestError(deaf);
    }
    const records = decodeRecords(Buffer.concat(pieces), count);
    if (!records) throw new SocketRequestError("the records can't be read");
    return records.map((record, i) => ({ ...record, fd: this.fds[i]! }));
  }

  #send(bytes: Uint8Array): boolean {
    const sent = this.#channel.send(this.socket, [], bytes);
    return sent.kind === "sent" && sent.bytes === bytes.length;
  }

  async #receive(bytesMax?: number): Promise<Uint8Array> {
    const deadline = performance.now() + answerTimeoutMs;
    for (;;) {
      const got = this.#channel.receive(this.socket, bytesMax);
      switch (got.kind) {
        case "received":
          this.fds.push(...got.fds);
          return got.data;
        case "empty":
          if (performance.now() > deadline) throw new SocketRequestError("no answer within 1 s");
          await new Promise((resolve) => setTimeout(resolve, pollMs));
          break;
        case "ended":
          throw new SocketRequestError("the connection was closed without an answer");
        case "truncated":
          throw new SocketRequestError("there are not enough descriptors for the sockets");
        case "failed":
          throw new SocketRequestError(got.error.message, { cause: got.error });
        default:
          return got satisfies never;
      }
    }
  }
}
