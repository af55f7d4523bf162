import { Buffer } from "node:buffer";
import { FdChannel, type Libc, messageFdsMax } from "../../ffi/mod.ts";

/** `u32` batch, `u16` descriptors in it, `u16` zero. */
const headerBytes = 8;
/** A message may come in pieces, but nobody sends it byte by byte. */
const readsMax = 64;

/** Descriptors of one batch, or why they are not here. Those of a batch that failed are closed. */
export type Delivery =
  | { readonly kind: "delivered"; readonly fds: readonly number[] }
  | { readonly kind: "failed"; readonly why: string };

/**
 * Carries descriptors over a unix socket that no runtime reads. They are sent before the message on the
 * control channel that speaks of them, so that they are there when it is read.
 */
export class FdCourier {
  readonly #channel: FdChannel;
  #bytes = Buffer.alloc(0);
  #fds: number[] = [];

  constructor(private readonly libc: Libc, private readonly socket: number) {
    this.#channel = new FdChannel(libc, 4096);
  }

  /** Sends a batch of at most {@link messageFdsMax}; returns why it could not, undefined when it did. */
  send(batch: number, fds: readonly number[]): string | undefined {
    const header = Buffer.alloc(headerBytes);
    header.writeUInt32LE(batch, 0);
    header.writeUInt16LE(fds.length, 4);
    const sent = this.#channel.send(this.socket, fds, header);
    switch (sent.kind) {
      case "sent":
        return sent.bytes === headerBytes ? undefined : "descriptors were sent in part";
      case "full":
        return "the other process takes no more descriptors";
      case "failed":
        return sent.error.message;
    }
  }

  /** Takes the descriptors of a batch whose message has come. */
  take(batch: number, count: number): Delivery {
    if (count > messageFdsMax) return this.#fail("more descriptors than a message carries");
    for (let reads = 0; this.#fds.length < count || this.#bytes.length < headerBytes; reads++) {
      if (reads > readsMax) return this.#fail("descriptors are missing");
      const got = this.#channel.receive(this.socket);
      switch (got.kind) {
        case "received":
          this.#bytes = Buffer.concat([this.#bytes, got.data]);
          this.#fds.push(...got.fds);
          break;
        case "empty":
          return this.#fail("descriptors are missing");
        case "ended":
          return this.#fail("the other process closed the channel of descriptors");
        case "truncated":
          return this.#fail("there are too few descriptors left here (RLIMIT_NOFILE)");
        case "failed":
          return this.#fail(got.error.message);
      }
    }
    const said = { batch: this.#bytes.readUInt32LE(0), count: this.#bytes.readUInt16LE(4) };
    this.#bytes = this.#bytes.subarray(headerBytes);
    if (said.batch !== batch || said.count !== count) {
      return this.#fail("the descriptors of another batch came");
    }
    return { kind: "delivered", fds: this.#fds.splice(0, count) };
  }

  /** Closes what came and was not taken, and the socket. */
  close(): void {
    for (const fd of this.#fds.splice(0)) this.libc.close(fd);
    this.libc.close(this.socket);
  }

  #fail(why: string): Delivery {
    for (const fd of this.#fds.splice(0)) this.libc.close(fd);
    return { kind: "failed", why };
  }
}
