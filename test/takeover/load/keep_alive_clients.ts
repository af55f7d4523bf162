import { Latency } from "./latency.ts";
import { type Counts, Held, type Load } from "./load.ts";

/** Clients that keep their connection and ask again and again, after thinking for a while. */
export interface KeepAlivePlan {
  readonly kind: "keep-alive clients";
  readonly port: number;
  readonly count: number;
  /** At least and at most. */
  readonly thinkMs: readonly [number, number];
}

export interface KeepAliveTally {
  /** Connections; as many as clients when none was closed. */
  readonly opened: number;
  readonly refused: number;
  /** Connections that ended though their client had not ended them. */
  readonly closed: number;
  readonly asked: number;
  readonly answered: number;
  /** Answers to another request or to another client, and such as report a failure. */
  readonly wrong: number;
  /** Requests whose connection was closed before the answer was there. */
  readonly lost: number;
  /** Clients by the process that answered their last request (`X-Process`). */
  readonly servedBy: Counts;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const retryMs = 5;
/** As many as wait in the queue of a listening socket at least. */
const connectsAtOnce = 100;

export class KeepAliveClients implements Load<KeepAliveTally> {
  readonly latency = new Latency();
  readonly #clients: KeepAliveClient[];
  readonly held = new Held(() => this.#clients.every(({ expected }) => expected === ""));
  #connected = 0;
  ended = false;
  opened = 0;
  refused = 0;
  closed = 0;
  asked = 0;
  answered = 0;
  wrong = 0;
  lost = 0;

  constructor(readonly plan: KeepAlivePlan) {
    this.#clients = Array.from({ length: plan.count }, (_, i) => new KeepAliveClient(this, i));
    for (let i = 0; i < connectsAtOnce; i++) this.connectNext();
  }

  /** The next one that has never been connected. */
  connectNext(): void {
    this.#clients[this.#connected++]?.connect();
  }

  tally(): KeepAliveTally {
    const { opened, refused, closed, asked, answered, wrong, lost, latency } = this;
    const servedBy: Counts = {};
    for (const { server } of this.#clients) servedBy[server] = (servedBy[server] ?? 0) + 1;
    const times = { p99Ms: latency.quantileMs(0.99), maxMs: latency.maxMs };
    return { opened, refused, closed, asked, answered, wrong, lost, servedBy, ...times };
  }

  hold(): Promise<void> {
    return this.held.hold();
  }

  go(): void {
    this.held.go();
    for (const client of this.#clients) if (client.resting) client.ask();
  }

  async end(): Promise<void> {
    await this.hold();
    this.ended = true;
    for (const client of this.#clients) client.close();
  }
}

/** One of them, and its connection of the moment. */
class KeepAliveClient {
  /** Would ask, but for everything being held. */
  resting = false;
  server = "";
  /** The path asked for; "" when there is no request under way. */
  expected = "";
  #socket: Bun.Socket | undefined;
  #text = "";
  #count = 0;
  #since = 0;
  /** The server has said that it will close the connection. */
  #leaving = false;
  #thinking: NodeJS.Timeout | undefined;

  constructor(private readonly all: KeepAliveClients, private readonly number: number) {}

  connect(): void {
    const { all } = this;
    Bun.connect({
      hostname: "127.0.0.1",
      port: all.plan.port,
      socket: {
        open: (socket) => {
          all.opened++;
          if (this.#count === 0) all.connectNext();
          this.#socket = socket;
          socket.setNoDelay(true);
          this.ask();
        },
        data: (_, bytes) => this.#read(bytes.toString("latin1")),
        close: () => this.#closed(),
        error: () => {},
        connectError: () => {
          all.refused++;
          setTimeout(() => this.connect(), retryMs);
        },
      },
    }).catch(() => {});
  }

  close(): void {
    this.#socket?.end();
  }

  ask(): void {
    const { all } = this;
    this.resting = all.held.on;
    const socket = this.#socket;
    if (this.resting || !socket) return;
    all.asked++;
    this.expected = `/${this.number}/${++this.#count}`;
    this.#since = performance.now();
    const request = `GET ${this.expected} HTTP/1.1\r\nHost: a\r\n\r\n`;
    // In two pieces now and then: half a head may be all that has come.
    if (this.#count % 3 !== 0) return void socket.write(request);
    socket.write(request.slice(0, 12));
    setTimeout(() => socket.write(request.slice(12)), 1);
  }

  #read(text: string): void {
    const { all } = this;
    this.#text += text;
    const end = this.#text.indexOf("\r\n\r\n");
    if (end < 0) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.#text)?.[1] ?? 0);
    if (this.#text.length < end + 4 + length) return;
    this.#note(this.#text.slice(0, end + 2), this.#text.slice(end + 4));
    this.#text = this.expected = "";
    all.held.look();
    if (this.#leaving) return;
    const [least, most] = all.plan.thinkMs;
    this.#thinking = setTimeout(() => this.ask(), least + Math.random() * (most - least));
  }

  #note(head: string, body: string): void {
    const { all } = this;
    const field = (name: string) => new RegExp(`\\r\\n${name}: (.*)\\r\\n`, "i").exec(head)?.[1];
    const isRight = body === this.expected && field("x-port") === String(this.#socket?.localPort);
    if (!isRight) all.wrong++;
    all.answered++;
    all.latency.note(performance.now() - this.#since);
    this.server = field("x-process") ?? "";
    this.#leaving = field("connection") === "close";
  }

  #closed(): void {
    const { all } = this;
    clearTimeout(this.#thinking);
    if (all.ended) return;
    all.closed++;
    if (this.expected !== "") all.lost++;
    this.expected = this.#text = "";
    this.#socket = undefined;
    this.#leaving = false;
    all.held.look();
    this.connect();
  }
}
