import { isInverted, patternOf } from "./byte_pattern.ts";
import { Held, type Load } from "./load.ts";

/** WebSockets whose messages come back inverted, each of them checked. */
export interface WebSocketsPlan {
  readonly kind: "websockets";
  readonly port: number;
  readonly count: number;
}

export interface WebSocketsTally {
  readonly opened: number;
  readonly sent: number;
  readonly received: number;
  readonly wrong: number;
  /** Such as ended by themselves. */
  readonly closed: number;
  /** The least messages that any has got back. */
  readonly leastReceived: number;
}

const beatMs = 10;
const beatsOfRound = 25;
const messageBytesMax = 8192;
/** Who has more under way says nothing. */
const underWayMax = 64;

export class CheckedWebSockets implements Load<WebSocketsTally> {
  readonly #all: CheckedWebSocket[];
  readonly #beat: NodeJS.Timeout;
  readonly #held = new Held(() => this.#all.every(({ underWay }) => underWay === 0));
  #at = 0;

  constructor({ port, count }: WebSocketsPlan) {
    const answered = () => this.#held.look();
    this.#all = Array.from({ length: count }, (_, i) => new CheckedWebSocket(port, i, answered));
    this.#beat = setInterval(() => this.#talk(), beatMs);
  }

  tally(): WebSocketsTally {
    const sum = (of: (one: CheckedWebSocket) => number) =>
      this.#all.reduce((total, one) => total + of(one), 0);
    return {
      opened: sum(({ opened }) => Number(opened)),
      sent: sum(({ sent }) => sent),
      received: sum(({ received }) => received),
      wrong: sum(({ wrong }) => wrong),
      closed: sum(({ closed }) => Number(closed)),
      leastReceived: Math.min(...this.#all.map(({ received }) => received)),
    };
  }

  hold(): Promise<void> {
    return this.#held.hold();
  }

  go(): void {
    this.#held.go();
  }

  async end(): Promise<void> {
    await this.hold();
    clearInterval(this.#beat);
    await Promise.all(this.#all.map((one) => one.end()));
  }

  #talk(): void {
    if (this.#held.on) return;
    for (let i = this.#at++ % beatsOfRound; i < this.#all.length; i += beatsOfRound) {
      this.#all[i]!.say();
    }
  }
}

class CheckedWebSocket {
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

  /** Messages that are not back yet. */
  get underWay(): number {
    return this.closed ? 0 : this.sent - this.received;
  }

  say(): void {
    if (!this.opened || this.closed || this.underWay > underWayMax) return;
    const length = lengthOf(this.sent++);
    this.#socket.send(patternOf(this.number, this.#sentBytes, length));
    this.#sentBytes += length;
  }

  /** Closes it; resolves when the other side has agreed. */
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
