import type { Connection, ConnectionError, ConnectionHandler } from "../../net/connection.ts";

/**
 * A connection that stands still: nothing is read from it, and what it tells all the same waits. Then
 * it goes on here, or with another process.
 */
export class FrozenConnection implements ConnectionHandler {
  readonly #handler: ConnectionHandler;
  readonly #arrived: Uint8Array[] = [];
  #ended = false;
  #closed: { readonly error: ConnectionError | undefined } | undefined;

  constructor(readonly connection: Connection) {
    this.#handler = connection.handler;
    connection.handler = this;
    connection.pause();
  }

  onData(bytes: Uint8Array): void {
    this.#arrived.push(bytes);
  }

  /** Whoever goes on looks for itself. */
  onDrain(): void {}

  onEnd(): void {
    this.#ended = true;
  }

  onClose(error?: ConnectionError): void {
    this.#closed = { error };
  }

  /** Its descriptor; -1 while there are bytes that only this process has. */
  get fd(): number {
    return this.#arrived.length > 0 ? -1 : this.connection.fd;
  }

  /**
   * Goes on here.
   *
   * @param reads whether its owner was reading from it
   */
  thaw(reads: boolean, handler: ConnectionHandler = this.#handler): void {
    const { connection } = this;
    connection.handler = handler;
    if (reads && !this.#closed) connection.resume();
    for (const bytes of this.#arrived) connection.handler.onData(bytes);
    if (this.#ended) connection.handler.onEnd();
    if (this.#closed) connection.handler.onClose(this.#closed.error);
    else handler.onDrain();
  }
}
