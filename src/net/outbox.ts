import { Buffer } from "node:buffer";
import type { Connection } from "./connection.ts";
import { report } from "./event_fault.ts";

/** What one wake-up gathers before it is written: several heads and small bodies in one call. */
const scratchBytes = 65536;
const scratch = Buffer.allocUnsafeSlow(scratchBytes) as Buffer & {
  latin1Write(text: string, at: number): number;
};
let used = 0;
/** Whose bytes the scratch holds, in order, and where each one's start. */
const writers: Outbox[] = [];
const starts: number[] = [];
let writer: Outbox | undefined;

/** Told when the peer does not take what it is sent: whatever more comes has to wait. */
export interface OutboxOwner {
  /** It must not send anything itself: others' bytes are on their way out. */
  outputWaits(): void;
}

/**
 * The bytes on their way out of one connection. Within a wake-up they gather in one buffer that all
 * connections share; {@link flushOutbox} sends them. What the kernel does not take is kept here, and
 * the owner is told, so that the other side stops sending.
 */
export class Outbox {
  connection: Connection | undefined;
  /** Bytes that wait for the peer. Above the caller's limit, its source must pause. */
  pending = 0;
  /** Bytes given to it so far. */
  written = 0;
  #waiting: Uint8Array[] | undefined;
  /** Some of what the scratch holds is its own. */
  #gathers = false;

  /** @param owner whoever sends through it now */
  constructor(public owner?: OutboxOwner) {}

  /** Sends latin1 text. */
  text(text: string): void {
    if (text === "") return;
    this.written += text.length;
    if (text.length > scratchBytes - used) {
      flushOutbox();
      if (text.length > scratchBytes) return this.#write(Buffer.from(text, "latin1"));
    }
    if (writer !== this) this.#begin();
    used += scratch.latin1Write(text, used);
  }

  /** Sends bytes `from`..`to`; large runs go out uncopied. */
  bytes(bytes: Uint8Array, from: number, to: number): void {
    const length = to - from;
    this.written += length;
    if (length > scratchBytes - used) {
      flushOutbox();
      if (length > scratchBytes / 2) {
        this.#write(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to));
        return;
      }
    }
    if (writer !== this) this.#begin();
    if (bytes instanceof Buffer) bytes.copy(scratch, used, from, to);
    else scratch.set(bytes.subarray(from, to), used);
    used += length;
  }

  /** The peer takes more: sends what waits. Returns true when nothing waits any more. */
  drain(): boolean {
    const { connection } = this;
    this.flush();
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
    if (this.#gathers) flushOutbox();
  }

  /** What waits for the peer, in order. */
  get waiting(): readonly Uint8Array[] {
    return this.#waiting ?? [];
  }

  /** Drops everything: the connection is gone. */
  discard(): void {
    this.#waiting = undefined;
    this.pending = 0;
    this.connection = undefined;
  }

  /** Sends `from`..`to` of the scratch, which are this connection's. */
  send(from: number, to: number): void {
    this.#gathers = false;
    if (!this.connection) return;
    try {
      let taken = 0;
      if (this.pending === 0) taken = this.connection.write(scratch, from, to);
      if (taken < to - from) this.#wait(new Uint8Array(scratch.subarray(from + taken, to)));
    } catch (error) {
      // The bytes of the others are still to be sent.
      report(error);
      this.connection?.reset();
    }
  }

  #begin(): void {
    writer = this;
    this.#gathers = true;
    writers.push(this);
    starts.push(used);
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
    this.owner?.outputWaits();
  }
}

/** Sends what was gathered: every wake-up ends with it. */
export function flushOutbox(): void {
  const end = used;
  const count = writers.length;
  if (count === 0) return;
  used = 0;
  writer = undefined;
  for (let i = 0; i < count; i++) {
    writers[i]!.send(starts[i]!, i + 1 < count ? starts[i + 1]! : end);
  }
  writers.length = 0;
  starts.length = 0;
}
