import { connect } from "node:net";

/** A client of one connection that asks when it is told to, and all that it has read. */
export class Asker {
  /** latin1. */
  text = "";
  closed = false;
  readonly #socket;

  constructor(port: number, readonly target = "/") {
    this.#socket = connect(port, "127.0.0.1");
    this.#socket.on("data", (bytes) => this.text += String(bytes));
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => this.closed = true);
  }

  ask(): void {
    this.#socket.write(`GET ${this.target} HTTP/1.1\r\nHost: a\r\n\r\n`);
  }

  /** Statuses of the answers. */
  get statuses(): number[] {
    return [...this.text.matchAll(/HTTP\/1\.1 (\d+) /g)].map((match) => Number(match[1]));
  }

  leave(): void {
    this.#socket.destroy();
  }
}
