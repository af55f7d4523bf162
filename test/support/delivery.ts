import type { Socket } from "node:net";
import { unreadByPeer } from "./peer_queue.ts";

/**
 * Ordering between a sender and the program at the other end of a loopback connection, without
 * waiting for an amount of time: the kernel tells how many bytes the receiver has not read yet.
 */
const DELIVERY_MS = 2_000;

/** Resolves when the peer has read everything that was sent, or is gone, or will not read on. */
export async function readByPeer(socket: Socket): Promise<void> {
  const deadline = Date.now() + DELIVERY_MS;
  while (Date.now() < deadline && !socket.destroyed) {
    const unread = unreadByPeer(socket);
    if (unread === undefined || unread === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Sends pieces one by one, each only after the peer has read the one before. */
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
    if (index + 1 < pieces.length) await readByPeer(socket);
  }
}
