import { isInverted, patternOf } from "./byte_pattern.ts";
import { Talk, type Talker } from "./talk.ts";

/** WebSockets whose messages come back inverted, each of them checked. */
export interface WebSocketsPlan {
  readonly kind: "websockets";
  readonly port: number;
  readonly count: number;
}

const messageBytesMax = 8192;
/** Who has more under way says nothing. */
const underWayMax = 4;

export function checkedWebSockets({ port, count }: WebSocketsPlan): Talk {
  return new Talk((answered) =>
    Array.from({ length: count }, (_, i) => new CheckedWebSocket(port, i, answered))
  );
}

class CheckedWebSocket implements Talker {
  opened = false;
  closed = false;
  /** Messages. */
  sent = 0;
  received = 0;
  wrong = 0;
  #sentBytes = 0;
  #receivedBytes = 0;
  #ending = false;
  readonly #socket: WebSocket;
  readonly #over = Promise.withResolvers<void>();

  constructor(port: number, private readonly number: number, answered: () => void) {
    const socket = this.#socket = new WebSocket(`ws://127.0.0.1:${port}/w${number}`);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.opened = true;
    socket.onerror = () => {};
    socket.onmessage = ({ data }) => {
      const bytes = new Uint8Array(data as ArrayBuffer);
      const length = lengthOf(this.received++);
      const isRight = bytes.length === length &&
        isInverted(this.number, this.#receivedBytes, bytes);
      if (!isRight) this.wrong++;
      this.#receivedBytes += length;
      answered();
    };
    socket.onclose = () => {
      if (!this.#ending) this.closed = true;
      this.#over.resolve();
      answered();
    };
  }

  get underWay(): number {
    return this.closed ? 0 : this.sent - this.received;
  }

  say(): void {
    if (!this.opened || this.closed || this.underWay > underWayMax) return;
    const length = lengthOf(this.sent++);
    this.#socket.send(patternOf(this.number, this.#sentBytes, length));
    this.#sentBytes += length;
  }

  listen(): void {}

  end(): Promise<void> {
    this.#ending = true;
    this.#socket.close();
    return this.#over.promise;
  }
}

/** Of a message, by its number. */
function lengthOf(message: number): number {
  return 1 + (message * 4099) % messageBytesMax;
}
