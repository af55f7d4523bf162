import { isInverted, patternOf } from "./byte_pattern.ts";
import { Held, type Load } from "./load.ts";

/** Tunnels through which bytes go and come back inverted, each of them checked. */
export interface TunnelsPlan {
  readonly kind: "tunnels";
  readonly port: number;
  readonly count: number;
  /** Begins with a CONNECT, or with nothing at all. */
  readonly opening: "CONNECT" | "none";
}

export interface TunnelsTally {
  readonly opened: number;
  readonly sent: number;
  readonly received: number;
  /** Pieces that were not what they should be. */
  readonly wrong: number;
  /** Tunnels that ended by themselves. */
  readonly closed: number;
  /** The least that any has got back. */
  readonly leastReceived: number;
}

/** Each says something once in so many beats. */
const beatMs = 10;
const beatsOfRound = 25;
const pieceBytesMax = 4096;
/** One in so many says more at a time than sockets hold: some of it waits in the gateway. */
const oneLoudIn = 50;
const loudPieceBytes = 512 * 1024;
/** Who has more under way says nothing. */
const underWayBytesMax = 2 * loudPieceBytes;

export class CheckedTunnels implements Load<TunnelsTally> {
  readonly #tunnels: CheckedTunnel[];
  readonly #beat: NodeJS.Timeout;
  readonly #held = new Held(() => this.#tunnels.every(({ underWay }) => underWay === 0));
  #at = 0;

  constructor({ port, count, opening }: TunnelsPlan) {
    const answered = () => this.#held.look();
    this.#tunnels = Array.from(
      { length: count },
      (_, i) => new CheckedTunnel(port, i, opening, answered),
    );
    this.#beat = setInterval(() => this.#talk(), beatMs);
  }

  tally(): TunnelsTally {
    const sum = (of: (tunnel: CheckedTunnel) => number) =>
      this.#tunnels.reduce((total, tunnel) => total + of(tunnel), 0);
    return {
      opened: sum(({ opened }) => Number(opened)),
      sent: sum(({ sent }) => sent),
      received: sum(({ received }) => received),
      wrong: sum(({ wrong }) => wrong),
      closed: sum(({ closed }) => Number(closed)),
      leastReceived: Math.min(...this.#tunnels.map(({ received }) => received)),
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
    await Promise.all(this.#tunnels.map((tunnel) => tunnel.end()));
  }

  #talk(): void {
    if (this.#held.on) return;
    for (let i = this.#at++ % beatsOfRound; i < this.#tunnels.length; i += beatsOfRound) {
      this.#tunnels[i]!.say();
    }
  }
}

class CheckedTunnel {
  opened = false;
  closed = false;
  sent = 0;
  received = 0;
  wrong = 0;
  /** How far it is to be sent; the socket may take it later. */
  #planned = 0;
  #head: string | undefined;
  #socket: Bun.Socket | undefined;
  #ending = false;
  readonly #over = Promise.withResolvers<void>();

  constructor(
    port: number,
    private readonly number: number,
    opening: TunnelsPlan["opening"],
    private readonly answered: () => void,
  ) {
    if (opening === "CONNECT") this.#head = "";
    Bun.connect({
      hostname: "127.0.0.1",
      port,
      allowHalfOpen: true,
      socket: {
        open: (socket) => {
          this.#socket = socket;
          if (this.#head === undefined) this.opened = true;
          else socket.write(`CONNECT t${number}:80 HTTP/1.1\r\nHost: t${number}:80\r\n\r\n`);
        },
        data: (_, bytes) => this.#read(bytes),
        drain: () => this.#write(),
        end: () => this.#closed(),
        close: () => this.#closed(),
        error: () => {},
        connectError: () => this.#closed(),
      },
    }).catch(() => {});
  }

  /** Bytes that are not back yet. */
  get underWay(): number {
    return this.closed ? 0 : this.#planned - this.received;
  }

  say(): void {
    if (!this.opened || this.closed || this.underWay > underWayBytesMax) return;
    const isLoud = this.number % oneLoudIn === 0;
    this.#planned += isLoud ? loudPieceBytes : 1 + (this.#planned * 31) % pieceBytesMax;
    this.#write();
  }

  /** Ends its side; resolves when the other side has, too. */
  end(): Promise<void> {
    this.#ending = true;
    if (this.closed) this.#over.resolve();
    else this.#socket?.shutdown();
    return this.#over.promise;
  }

  #write(): void {
    while (this.sent < this.#planned) {
      const took = this.#socket!.write(
        patternOf(this.number, this.sent, this.#planned - this.sent),
      );
      if (took <= 0) return;
      this.sent += took;
    }
  }

  #read(bytes: Buffer): void {
    if (this.#head === undefined) return this.#check(bytes);
    this.#head += bytes.toString("latin1");
    const end = this.#head.indexOf("\r\n\r\n");
    if (end < 0) return;
    const isOpen = this.#head.startsWith("HTTP/1.1 200 ");
    const rest = Buffer.from(this.#head.slice(end + 4), "latin1");
    this.#head = undefined;
    this.opened = isOpen;
    if (rest.length > 0) this.#check(rest);
  }

  #check(bytes: Buffer): void {
    if (!isInverted(this.number, this.received, bytes)) this.wrong++;
    this.received += bytes.length;
    if (this.underWay === 0) this.answered();
  }

  #closed(): void {
    if (!this.#ending) this.closed = true;
    this.#over.resolve();
    this.answered();
    this.#socket?.end();
  }
}
