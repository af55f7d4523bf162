import { readFileSync } from "node:fs";
import type { Socket } from "node:net";

/**
 * Ordering between a sender and the program at the other end of a loopback connection, without
 * waiting for an amount of time: the kernel tells how many bytes the receiver has not read yet.
 */
const DELIVERY_MS = 2_000;

/**
 * Looking takes the longer the more connections the kernel remembers. A message in more pieces than
 * this is about reading in any pieces at all, whichever they become.
 */
const WATCHED_PIECES_MAX = 4;

/** `0100007F:1F90`, as /proc/net/tcp writes an IPv4 endpoint. */
function endpoint(address: string, port: number): string {
  const hex = address.split(".").map((part) => Number(part).toString(16).padStart(2, "0"));
  return `${hex.reverse().join("")}:${port.toString(16).padStart(4, "0")}`.toUpperCase();
}

/** Bytes the peer of this socket has received but not read; undefined when it is not there. */
function unreadByPeer(socket: Socket): number | undefined {
  const { localAddress, localPort, remoteAddress, remotePort } = socket;
  if (localAddress === undefined || localPort === undefined) return undefined;
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  const key = `${endpoint(remoteAddress, remotePort)} ${endpoint(localAddress, localPort)}`;
  const table = readFileSync("/proc/net/tcp", "latin1");
  const at = table.indexOf(key);
  if (at < 0) return undefined;
  const queues = /^ \w\w \w+:(\w+)/.exec(table.slice(at + key.length, at + key.length + 40));
  return queues?.[1] === undefined ? undefined : parseInt(queues[1], 16);
}

/** Resolves when the peer has read everything that was sent, or is gone, or will not read on. */
export async function readByPeer(socket: Socket): Promise<void> {
  const deadline = Date.now() + DELIVERY_MS;
  while (Date.now() < deadline && !socket.destroyed) {
    const unread = unreadByPeer(socket);
    if (unread === undefined || unread === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Sends pieces one by one; a few of them each only after the peer has read the one before. */
export async function sendPieces(socket: Socket, pieces: readonly string[]): Promise<void> {
  for (const [index, piece] of pieces.entries()) {
    if (socket.destroyed || socket.writableEnded) return;
    await new Promise<void>((resolve) => {
      const over = (): void => {
        socket.off("close", over);
        resolve();
      };
      socket.once("close", over);
      socket.write(Buffer.from(piece, "latin1"), over);
    });
    if (index + 1 === pieces.length) return;
    if (pieces.length <= WATCHED_PIECES_MAX) await readByPeer(socket);
    else await new Promise((resolve) => setImmediate(resolve));
  }
}
