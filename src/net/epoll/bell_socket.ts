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
 * Deno takes a socket for readable until it finds it empty: with a byte in it by then, it would never
 * wait again. It reads on in the same turn while its buffer is filled, so one byte's room is enough for
 * it to find that, and the next byte comes at the turn's end. What there is to tell meanwhile is told
 * again: the entry is one for a state, not for a change.
 */
function openDeno(fd: number, ring: () => void, pull: () => void): BellSocket {
  const callback = () => {
    ring();
    setImmediate(pull);
    return true;
  };
  const onread = { buffer: new Uint8Array(1), callback };
  const options = { fd, readable: true, writable: true, onread };
  const socket = new net.Socket(options as net.SocketConstructorOpts);
  socket.on("error", () => {});
  return {
    ref: () => void socket.ref(),
    unref: () => void socket.unref(),
    close: () => void socket.destroy(),
  };
}
