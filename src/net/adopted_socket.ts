/// <reference types="bun" />
import { BunConnection, events } from "./bun.ts";
import type { Connection, ConnectionError, ConnectionHandler } from "./connection.ts";

/**
 * Goes on with a connection that another process has made. `opened` is told of it before any byte of
 * it is; `failed` when the peer is gone already.
 */
export function adoptSocket(
  fd: number,
  opened: (connection: Connection) => void,
  failed: () => void,
): void {
  const connection = new BunConnection(new Opening(opened, failed));
  const options = { fd, socket: events, data: connection, allowHalfOpen: true };
  // A failure is told by `connectError`; the promise only repeats it.
  Bun.connect(options as never).catch(() => {});
}

class Opening implements ConnectionHandler {
  constructor(
    private readonly opened: (connection: Connection) => void,
    private readonly failed: () => void,
  ) {}

  onOpen(connection: Connection): void {
    (connection as BunConnection).rememberPeer();
    this.opened(connection);
  }

  onData(): void {}
  onDrain(): void {}
  onEnd(): void {}

  onClose(_error?: ConnectionError): void {
    this.failed();
  }
}
