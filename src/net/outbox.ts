import { Buffer } from "node:buffer";
import type { Connection } from "./connection.ts";

/** What one wake-up gathers before it is written: several heads and small bodies in one call. */
const scratchBytes = 65536;
const scratch = Buffer.allocUnsafeSlow(scratchBytes) as Buffer & {
  latin1Write(text: string, at: number): number;
};
let used = 0;
let owner: Outbox | undefined;

/**
 * The bytes on their way out of one connection. Within a wake-up they gather in one buffer that all
 * connections share (there is only ever one being written to); {@link flushOutbox} sends them. What
 * the kernel does not take is kept here, and `pending` tells the other side to stop sending.
 */
export class Outbox {
  connection: Connection | undefined;
  /** Bytes that wait for the peer. Above the caller's limit, its source must pause. */
  pending = 0;
  /** Bytes given to it so far. */
  written = 0;
  #waiting: Uint8Array[] | undefined;

  /** Sends latin1 text. */
  text(text: string): void {
    if (text === "") return;
    this.#own();
    this.written += text.length;
    if (text.length > scratchBytes - used) {
      this.#send();
      if (text.length > scratchBytes) return this.#write(Buffer.from(text, "latin1"));
    }
    used += scratch.latin1Write(text, used);
  }

  /** Sends bytes `from`..`to`; large runs go out uncopied. */
  bytes(bytes: Uint8Array, from: number, to: number): void {
    this.#own();
    const length = to - from;
    this.written += length;
    if (length > scratchBytes - used) {
      this.#send();
      if (length > scratchBytes / 2) {
        this.#write(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to));
        return;
      }
    }
    if (bytes instanceof Buffer) bytes.copy(scratch, used, from, to);
    else scratch.set(bytes.subarray(from, to), used);
    used += length;
  }

  /** The peer takes more: sends what waits. Returns true when nothing waits any more. */
  drain(): boolean {
    const { connection } = this;
    if (owner === this) this.#send();
    while (connection && this.#waiting && this.#waiting.length > 0) {
      const first = this.#waiting[0]!;
      const taken = connection.write(first, 0, first.length);
      this.pending -= taken;
      if (taken < first.length) {
        this.#waiting[0] = first.subarray(taken);
        return false;
      }
      this.#waiting.shift();
    }
    this.#waiting = undefined;
    return true;
  }

  /** Sends now what this outbox has gathered. */
  flush(): void {
    if (owner === this) this.#send();
  }

  /** Drops everything: the connection is gone. */
  discard(): void {
    if (owner === this) {
      used = 0;
      owner = undefined;
    }
    this.#waiting = undefined;
    this.pending = 0;
    this.connection = undefined;
  }

  #own(): void {
    if (owner === this) return;
    if (owner) owner.#send();
    owner = this;
  }

  #send(): void {
    const length = used;
    used = 0;
    owner = undefined;
    if (length === 0 || !this.connection) return;
    let taken = 0;
    if (this.pending === 0) taken = this.connection.write(scratch, 0, length);
    if (taken < length) this.#wait(new Uint8Array(scratch.subarray(taken, length)));
  }

  #write(bytes: Uint8Array): void {
    if (!this.connection) return;
    let taken = 0;
    if (this.pending === 0) taken = this.connection.write(bytes, 0, bytes.length);
    if (taken < bytes.length) this.#wait(bytes.subarray(taken));
  }

  #wait(bytes: Uint8Array): void {
    (this.#waiting ??= []).push(bytes);
    this.pending += bytes.length;
  }
}

/** Ends a wake-up: what was gathered goes out. Every socket event and timer calls it last. */
export function flushOutbox(): void {
  owner?.flush();
}
