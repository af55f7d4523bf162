/// <reference types="bun" />
import { openedLibc } from "../../ffi/mod.ts";
import { BunConnection, events } from "./bun.ts";
import type { Connection, ConnectionError, ConnectionHandler } from "./connection.ts";
import type { EpollConnection } from "./epoll/epoll_connection.ts";
import { adoptByEpoll } from "./epoll/epoll_sockets.ts";
import { openedTurns } from "./epoll/turns.ts";

/** Whether bytes are read from the start, or none before the connection's first `resume`. */
export type Beginning = "reading" | "paused";

/**
 * Goes on with a connection that another process has made. `opened` is told of it before any byte of
 * it is; `failed` when the peer is gone already.
 */
export function adoptSocket(
  fd: number,
  beginning: Beginning,
  opened: (connection: Connection) => void,
  failed: () => void,
): void {
  const handler = new Opening(opened, failed);
  const turns = openedTurns();
  if (turns) return adoptByEpoll(openedLibc()!, turns, fd, beginning, handler);
  const connection = new BunConnection(handler);
  const options = { fd, socket: handlers[beginning], data: connection, allowHalfOpen: true };
  // A failure is told by `connectError`; the promise only repeats it.
  Bun.connect(options as never).catch(() => {});
}

const handlers: Readonly<Record<Beginning, typeof events>> = {
  reading: events,
  // What is noted here is told at the end of the turn: by then the runtime may have read.
  paused: {
    ...events,
    open(socket) {
      socket.pause();
      events.open!(socket);
    },
  },
};

class Opening implements ConnectionHandler {
  constructor(
    private readonly opened: (connection: Connection) => void,
    private readonly failed: () => void,
  ) {}

  onOpen(connection: Connection): void {
    (connection as BunConnection | EpollConnection).rememberPeer();
    this.opened(connection);
  }

  onData(): void {}
  onDrain(): void {}
  onEnd(): void {}

  onClose(_error?: ConnectionError): void {
    this.failed();
  }
}
