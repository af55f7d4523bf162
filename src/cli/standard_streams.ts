import { Buffer } from "node:buffer";
import { closeSync, openSync, writeSync } from "node:fs";
import type { Libc } from "../../ffi/mod.ts";

/** How long, and how often, a full pipe is waited for. */
const fullWaitMs = 1;
const fullWaitsMax = 1_000;
const nobody = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes on standard output (1) or standard error (2) by their numbers. The runtime's own streams
 * keep a duplicate of a pipe, which {@link leaveStandardStreams} would not find.
 */
export function writeStandard(fd: 1 | 2, text: string | Uint8Array): void {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  let written = 0;
  for (let waits = 0; written < bytes.length && waits < fullWaitsMax;) {
    try {
      written += writeSync(fd, bytes, written);
    } catch (error) {
      // A slow reader is waited for, not for ever; one that is gone misses nothing.
      if ((error as { code?: string }).code !== "EAGAIN") return;
      Atomics.wait(nobody, 0, 0, fullWaitMs);
      waits++;
    }
  }
}

/** Lets go of the terminal, or of the pipe that someone reads to its end; nobody is told more. */
export function leaveStandardStreams(libc: Libc): void {
  const nowhere = openSync("/dev/null", "r+");
  for (const fd of [0, 1, 2]) libc.dup2(nowhere, fd);
  closeSync(nowhere);
}
