import { connect, type Socket } from "node:net";
import type { Generations } from "./generations.ts";

/** A session on a control socket that stays. */
export class ControlConversation {
  #text = "";
  readonly #socket: Socket;

  constructor(path: string) {
    this.#socket = connect({ path });
    this.#socket.setEncoding("latin1");
    this.#socket.on("data", (piece) => this.#text += piece);
    this.#socket.write("prompt\n");
  }

  /** What the other side has said, when it waits for the next command. */
  async ask(gateway: Generations, command: string): Promise<string> {
    await gateway.waitFor(() => this.#text.endsWith("> "), "the prompt");
    this.#text = "";
    this.#socket.write(`${command}\n`);
    await gateway.waitFor(() => this.#text.endsWith("> "), `an answer to ${command}`);
    return this.#text;
  }

  end(): void {
    this.#socket.destroy();
  }
}
