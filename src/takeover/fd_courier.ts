import { Buffer } from "node:buffer";
import { FdChannel, type Libc, messageFdsMax } from "../../ffi/mod.ts";
import type { ChannelFailure } from "./control_channel.ts";
import { failDescriptorsAt } from "./fault.ts";
import type { MessageName } from "./message.ts";

/** `u32` batch, `u16` descriptors in it, `u16` zero. */
const headerBytes = 8;
/** `SHUT_RDWR`. */
const bothWays = 2;
/** A message may come in pieces, but nobody sends it byte by byte. */
const readsMax = 64;

/** What the kernel says when too many descriptors of this user, or other messages, are on their way. */
const noRoom: ReadonlySet<string> = new Set(["ETOOMANYREFS", "ENOBUFS", "ENOMEM"]);

/** The kernel had no room for the descriptors of a batch: fewer of them, or later, may find it. */
interface Crowded {
  readonly kind: "crowded";
  readonly why: string;
}

/** The channel is of no use any more. */
interface Failed {
  readonly kind: "failed";
  readonly why: string;
}

export type Sending = { readonly kind: "sent" } | Crowded | Failed;

/** Descriptors of one batch, or why they are not here: what came of it is closed then. */
export type Delivery =
  | { readonly kind: "delivered"; readonly fds: readonly number[] }
  | Crowded
  | Failed;

/** Nothing that it says can be trusted any more: descriptors and words may not belong together. */
export function brokenDescriptors(why: string): ChannelFailure {
  return { kind: "told off", reason: "descriptors", text: `the channel of descriptors: ${why}` };
}

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

  /**
   * Sends a batch of at most {@link messageFdsMax}.
   *
   * @param step the message that will speak of it
   */
  send(step: MessageName, batch: number, fds: readonly number[]): Sending {
    const header = Buffer.alloc(headerBytes);
    header.writeUInt32LE(batch, 0);
    header.writeUInt16LE(fds.length, 4);
    const post = (fds: readonly number[], data: Uint8Array) =>
      this.#channel.send(this.socket, fds, data);
    const fault = failDescriptorsAt(step);
    if (fault) {
      fault(post, fds, header, () => void this.libc.shutdown(this.socket, bothWays));
      return { kind: "sent" };
    }
    const sent = post(fds, header);
    switch (sent.kind) {
      case "sent":
        return sent.bytes === headerBytes
          ? { kind: "sent" }
          : { kind: "failed", why: "descriptors were sent in part" };
      case "full":
        return { kind: "failed", why: "the other process takes no more descriptors" };
      case "failed": {
        const { code, message } = sent.error;
        return { kind: noRoom.has(code) ? "crowded" : "failed", why: message };
      }
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
          return this.#crowded("there are too few descriptors left here (RLIMIT_NOFILE)");
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
    this.#closeAll();
    this.libc.close(this.socket);
  }

  #crowded(why: string): Delivery {
    this.#closeAll();
    return { kind: "crowded", why };
  }

  #fail(why: string): Delivery {
    this.#closeAll();
    return { kind: "failed", why };
  }

  #closeAll(): void {
    for (const fd of this.#fds.splice(0)) this.libc.close(fd);
  }
}
