import type { Door } from "../load.ts";

/** Who does not ask for what has come is not sent more than so much. */
const heldBytesMax = 65_536;

/** How it ended: as it should, by a reset, or by the own side. */
type End = "end" | "reset" | "own";

/** A socket to be read and written in the order of a script. */
export class ByteStream {
  #socket: Bun.Socket<ByteStream> | undefined;
  readonly #pieces: Uint8Array[] = [];
  #heldBytes = 0;
  /** Nothing more comes. */
  #ended: End | undefined;
  #closed = false;
  #paused = false;
  #changed = Promise.withResolvers<void>();

  static async connect(door: Door): Promise<ByteStream> {
    const stream = new ByteStream();
    const options = { ...door, allowHalfOpen: true, socket: events, data: stream };
    await Bun.connect(options as unknown as Bun.TCPSocketConnectOptions<ByteStream>);
    return stream;
  }

  /** Plays the server's side of every connection. */
  static listen(door: Door, script: (stream: ByteStream) => Promise<void>): number {
    const options = {
      ...door,
      allowHalfOpen: true,
      socket: {
        ...events,
        open(socket: Bun.Socket<ByteStream>) {
          socket.data = new ByteStream();
          events.open(socket);
          void script(socket.data).catch(() => {}).finally(() => socket.data.end());
        },
      },
    };
    const listener = Bun.listen(options as unknown as Bun.TCPSocketListenOptions<ByteStream>);
    return listener.port;
  }

  get endedBy(): End | undefined {
    return this.#pieces.length > 0 ? undefined : this.#ended;
  }

  /** What comes next, in as many bytes as it came; undefined when nothing more comes. */
  async piece(): Promise<Uint8Array | undefined> {
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece) {
        this.#heldBytes -= piece.length;
        this.#flow();
        return piece;
      }
      if (this.#ended) return undefined;
      await this.#changed.promise;
    }
  }

  /** What was taken too much of comes again. */
  putBack(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#pieces.unshift(bytes);
    this.#heldBytes += bytes.length;
  }

  /** Latin1 text up to and with `end`; undefined when the stream ends before it. */
  async textUpTo(end: string): Promise<string | undefined> {
    let text = "";
    for (;;) {
      const piece = await this.piece();
      if (!piece) return undefined;
      const from = Math.max(0, text.length - end.length);
      text += Buffer.from(piece).toString("latin1");
      const at = text.indexOf(end, from);
      if (at < 0) continue;
      this.putBack(Buffer.from(text.slice(at + end.length), "latin1"));
      return text.slice(0, at + end.length);
    }
  }

  /** Resolves when all is in the kernel's hands: to false when nobody takes it any more. */
  async write(bytes: Uint8Array): Promise<boolean> {
    let rest = bytes;
    while (rest.length > 0) {
      if (this.#closed) return false;
      const took = this.#socket!.write(rest);
      if (took > 0) rest = rest.subarray(took);
      if (rest.length > 0 && !this.#closed) await this.#changed.promise;
    }
    return !this.#closed;
  }

  text(text: string): Promise<boolean> {
    return this.write(Buffer.from(text, "latin1"));
  }

  shutdown(): void {
    if (!this.#closed) this.#socket!.shutdown();
  }

  end(): void {
    this.#isOver("own");
    this.#socket?.end();
  }

  reset(): void {
    this.#isOver("own");
    this.#socket?.terminate();
  }

  opened(socket: Bun.Socket<ByteStream>): void {
    this.#socket = socket;
  }

  came(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
    this.#heldBytes += bytes.length;
    this.#flow();
    this.changed();
  }

  ends(end: End): void {
    this.#ended ??= end;
    this.changed();
  }

  closes(): void {
    this.#closed = true;
    this.ends("end");
  }

  changed(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  #isOver(end: End): void {
    this.#pieces.length = 0;
    this.#closed = true;
    this.ends(end);
  }

  #flow(): void {
    const paused = this.#heldBytes > heldBytesMax;
    if (paused === this.#paused || this.#closed) return;
    this.#paused = paused;
    if (paused) this.#socket!.pause();
    else this.#socket!.resume();
  }
}

const events = {
  open: (socket: Bun.Socket<ByteStream>) => socket.data.opened(socket),
  data: (socket: Bun.Socket<ByteStream>, bytes: Uint8Array) => socket.data.came(bytes),
  drain: (socket: Bun.Socket<ByteStream>) => socket.data.changed(),
  end: (socket: Bun.Socket<ByteStream>) => socket.data.ends("end"),
  error: (socket: Bun.Socket<ByteStream>) => socket.data.ends("reset"),
  close: (socket: Bun.Socket<ByteStream>, error?: Error) => {
    if (error) socket.data.ends("reset");
    socket.data.closes();
  },
};
