import { Buffer } from "node:buffer";
import { closeSync, openSync, write } from "node:fs";
import { setImmediate } from "node:timers";
import { type LogDestination, LogTargetError } from "./log_destination.ts";

/** Bytes that wait for a slow reader or disk, for each destination; more are dropped. */
const bufferedBytesMax = 1024 * 1024;
/** Pause before a full pipe is tried again. */
const retryMs = 20;
/** How long closing waits for a reader that takes nothing. */
const closeWaitMs = 1000;

/** Standard output, standard error or a file: lines of one turn of the event loop go out as one. */
export class StreamDestination implements LogDestination {
  dropped = 0;
  #fd: number;
  #lines: string[] = [];
  #bytes = 0;
  #writing = false;
  #scheduled = false;
  /** A pipe whose reader has gone: nothing will ever be read again. */
  #gone = false;
  #idle: (() => void)[] = [];

  /** @param path of a file, which is opened for appending; undefined for a descriptor of others */
  constructor(private readonly path: string | undefined, fd: number) {
    this.#fd = path === undefined ? fd : openAppending(path);
  }

  write(line: string): void {
    if (this.#gone || this.#bytes + line.length > bufferedBytesMax) {
      this.dropped++;
      return;
    }
    this.#bytes += line.length;
    this.#lines.push(line);
    if (this.#scheduled || this.#writing) return;
    this.#scheduled = true;
    setImmediate(() => this.#flush());
  }

  /** The old file keeps what was written so far; on failure it goes on being used. */
  reopen(): void {
    if (this.path === undefined) return;
    const opened = openAppending(this.path);
    const old = this.#fd;
    this.#fd = opened;
    this.#gone = false;
    this.#whenIdle(() => closeSync(old));
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      const deadline = setTimeout(() => {
        this.#gone = true;
        resolve();
      }, closeWaitMs);
      this.#whenIdle(() => {
        clearTimeout(deadline);
        if (this.path !== undefined && !this.#gone) closeSync(this.#fd);
        this.#gone = true;
        resolve();
      });
    });
  }

  #whenIdle(then: () => void): void {
    if (this.#writing || this.#scheduled) this.#idle.push(then);
    else then();
  }

  #flush(): void {
    this.#scheduled = false;
    const lines = this.#lines;
    if (lines.length === 0) return this.#settle();
    this.#lines = [];
    this.#writing = true;
    this.#writeFrom(Buffer.from(lines.join(""), "latin1"), 0, lines.length);
  }

  #writeFrom(batch: Buffer, from: number, lines: number): void {
    write(this.#fd, batch, from, batch.length - from, null, (error, written) => {
      if (error) return this.#onError(error, batch, from, lines);
      if (from + written < batch.length) return this.#writeFrom(batch, from + written, lines);
      this.#finish(batch);
    });
  }

  #onError(error: NodeJS.ErrnoException, batch: Buffer, from: number, lines: number): void {
    if (!this.#gone && (error.code === "EAGAIN" || error.code === "EINTR")) {
      setTimeout(() => this.#writeFrom(batch, from, lines), retryMs);
      return;
    }
    if (error.code === "EPIPE" || error.code === "EBADF") this.#gone = true;
    // A full disk may have room again later: this batch is lost, the next one is tried.
    this.dropped += lines;
    this.#finish(batch);
  }

  #finish(batch: Buffer): void {
    this.#writing = false;
    this.#bytes -= batch.length;
    if (this.#lines.length > 0) this.#flush();
    else this.#settle();
  }

  #settle(): void {
    const idle = this.#idle;
    this.#idle = [];
    for (const then of idle) then();
  }
}

function openAppending(path: string): number {
  try {
    return openSync(path, "a", 0o640);
  } catch (error) {
    throw new LogTargetError(`Log target '${path}' can't be opened: ${(error as Error).message}`);
  }
}
