import { Buffer } from "node:buffer";
import type {
  Connection,
  ConnectionError,
  ConnectionHandler,
  Target,
} from "../../net/connection.ts";
import type { CheckServices } from "./services.ts";

/** Whoever runs a check: told what happens on its connection. */
export interface LinkUser {
  /** The connection is there. */
  opened(link: CheckLink): void;
  received(bytes: Uint8Array): void;
  /** Everything given to `send` is out. */
  drained(): void;
  /** The server will send no more; with an error the connection is gone. */
  ended(error: ConnectionError | undefined): void;
}

/** One connection of a check. After `close` nobody hears of it any more. */
export class CheckLink implements ConnectionHandler {
  connection: Connection | undefined;
  isOpen = false;
  #user: LinkUser | undefined;
  #outgoing: Uint8Array = new Uint8Array();
  #sent = 0;

  constructor(
    target: Target,
    private readonly lingers: boolean,
    user: LinkUser,
    services: CheckServices,
  ) {
    this.#user = user;
    this.connection = services.connect(target, this);
  }

  /** True when all of it is out at once; `drained` follows otherwise. */
  send(latin1: string): boolean {
    this.#outgoing = Buffer.from(latin1, "latin1");
    this.#sent = 0;
    return this.#flush();
  }

  /** A reset spares the server a connection in TIME_WAIT at every check. */
  close(): void {
    this.#user = undefined;
    if (this.lingers) this.connection?.close();
    else this.connection?.reset();
  }

  onOpen(connection: Connection): void {
    this.connection = connection;
    if (!this.#user) return connection.reset();
    this.isOpen = true;
    this.#user.opened(this);
  }

  onData(bytes: Uint8Array): void {
    this.#user?.received(bytes);
  }

  onDrain(): void {
    if (this.#user && this.#sent < this.#outgoing.length && this.#flush()) this.#user.drained();
  }

  onEnd(): void {
    this.#user?.ended(undefined);
  }

  onClose(error?: ConnectionError): void {
    const user = this.#user;
    this.#user = undefined;
    user?.ended(error ?? (this.isOpen ? undefined : "refused"));
  }

  #flush(): boolean {
    const { length } = this.#outgoing;
    this.#sent += this.connection!.write(this.#outgoing, this.#sent, length);
    return this.#sent >= length;
  }
}
