import { isInverted, patternOf } from "./byte_pattern.ts";
import { Talk, type Talker } from "./talk.ts";

/** Tunnels through which bytes go and come back inverted, each of them checked. */
export interface TunnelsPlan {
  readonly kind: "tunnels";
  readonly port: number;
  readonly count: number;
  /** Begins with a CONNECT, or with nothing at all. */
  readonly opening: "CONNECT" | "none";
  /** How many say more at a time than all sockets hold, and read nothing for some rounds then. */
  readonly deaf: number;
}

const pieceBytesMax = 4096;
const deafRounds = 8;
const deafPieceBytes = 16 * 1024 * 1024;
/** Who has more under way says nothing. */
const underWayBytesMax = 16 * 1024;

export function checkedTunnels({ port, count, opening, deaf }: TunnelsPlan): Talk {
  return new Talk((answered) =>
    Array.from(
      { length: count },
      (_, i) => new CheckedTunnel(port, i, opening, i < deaf, answered),
    )
  );
}

class CheckedTunnel implements Talker {
  opened = false;
  closed = false;
  sent = 0;
  received = 0;
  wrong = 0;
  /** How far it is to be sent; the socket may take it later. */
  #planned = 0;
  /** Rounds for which it does not read. */
  #deafFor = 0;
  #head: string | undefined;
  #socket: Bun.Socket | undefined;
  #ending = false;
  readonly #over = Promise.withResolvers<void>();

  constructor(
    port: number,
    private readonly number: number,
    opening: TunnelsPlan["opening"],
    private readonly deaf: boolean,
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

  get underWay(): number {
    return this.closed ? 0 : this.#planned - this.received;
  }

  say(): void {
    if (!this.opened || this.closed) return;
    if (this.deaf) return this.#sayDeaf();
    if (this.underWay > underWayBytesMax) return;
    this.#planned += 1 + (this.#planned * 31) % pieceBytesMax;
    this.#write();
  }

  listen(): void {
    if (this.#deafFor === 0) return;
    this.#deafFor = 0;
    this.#socket?.resume();
  }

  /** What it says comes back as far as there is room, and what comes then waits in the gateway. */
  #sayDeaf(): void {
    if (this.#deafFor > 1) return void this.#deafFor--;
    this.listen();
    if (this.underWay > 0) return;
    this.#deafFor = deafRounds;
    this.#socket!.pause();
    this.#planned += deafPieceBytes;
    this.#write();
  }

  /** Ends its side alone. */
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
