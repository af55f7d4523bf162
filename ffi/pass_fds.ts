import { FdChannel, type ReceiveResult, type SendResult } from "./fd_message.ts";
import type { Libc } from "./libc.ts";

const channels = new WeakMap<Libc, FdChannel>();

function channelOf(libc: Libc): FdChannel {
  let channel = channels.get(libc);
  if (!channel) channels.set(libc, channel = new FdChannel(libc));
  return channel;
}

/**
 * Sends open descriptors to the process at the other end of a unix stream socket, without waiting.
 *
 * @param socket descriptor of the socket
 * @param fds at most `messageFdsMax`; the receiver gets duplicates, these stay the caller's
 * @param data at least one byte, 64 KiB at most
 * @throws RangeError when there are too many descriptors, or no data to carry them
 *
 * @example Pass a file
 * ```ts
 * import { closeSync, openSync } from "node:fs";
 * import { libc, recvFds, sendFds, socketPair } from "sluice/ffi";
 *
 * const c = await libc();
 * const [left, right] = socketPair(c);
 * const file = openSync("/dev/null", "r");
 * sendFds(c, left, [file], new Uint8Array([1]));
 * closeSync(file);
 * const got = recvFds(c, right);
 * if (got.kind === "received") console.log(got.fds.length, "descriptor came with", got.data.length, "byte");
 * ```
 */
export function sendFds(
  libc: Libc,
  socket: number,
  fds: readonly number[],
  data: Uint8Array,
): SendResult {
  return channelOf(libc).send(socket, fds, data);
}

/**
 * Receives bytes and the descriptors that came with them, without waiting. The descriptors are the
 * caller's to close, and close on exec. What was sent in several messages may come in one: let the
 * data say how many descriptors belong to what.
 *
 * @param dataBytesMax most bytes to take, 64 KiB at most
 */
export function recvFds(libc: Libc, socket: number, dataBytesMax?: number): ReceiveResult {
  return channelOf(libc).receive(socket, dataBytesMax);
}
