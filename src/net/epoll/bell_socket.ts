/// <reference types="bun" />
import net from "node:net";

/** The end of the pair that the runtime has. */
export interface BellSocket {
  ref(): void;
  unref(): void;
  close(): void;
}

/**
 * Gives a socket to the runtime, which reads it from now on.
 *
 * @param ring called for each byte that is found
 * @param pull puts the next one in
 */
export function openBellSocket(
  fd: number,
  ring: () => void,
  pull: () => void,
): BellSocket | Promise<BellSocket> {
  return typeof Bun === "undefined" ? openDeno(fd, ring, pull) : openBun(fd, ring, pull);
}

async function openBun(fd: number, ring: () => void, pull: () => void): Promise<BellSocket> {
  const handlers = {
    data() {
      pull();
      ring();
    },
    drain() {},
    error() {},
  };
  const socket = await Bun.connect({ fd, socket: handlers } as never);
  return {
    ref: () => socket.ref(),
    unref: () => socket.unref(),
    close: () => socket.terminate(),
  };
}

/**
 * Deno takes a socket for readable until it finds it empty, which it does in the turn after: with a byte
 * in it by then, it would never wait again. What there is to tell meanwhile is told again: the entry is
 * one for a state, not for a change.
 */
function openDeno(fd: number, ring: () => void, pull: () => void): BellSocket {
  const socket = new net.Socket({ fd, readable: true, writable: true });
  socket.on("data", () => {
    ring();
    setImmediate(() => setImmediate(pull));
  });
  socket.on("error", () => {});
  return {
    ref: () => void socket.ref(),
    unref: () => void socket.unref(),
    close: () => void socket.destroy(),
  };
}
