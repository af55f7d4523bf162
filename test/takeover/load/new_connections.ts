import { type Counts, type Door, Held, type Load } from "./load.ts";

/** Clients who come one after the other, each with a connection of its own for one request. */
export interface NewConnectionsPlan {
  readonly kind: "new connections";
  /** Taken in turns. */
  readonly doors: readonly Door[];
  /** How many come at once. */
  readonly count: number;
}

export interface NewConnectionsTally {
  readonly opened: number;
  readonly failed: number;
  /** Why, of the first that failed. */
  readonly failures: readonly string[];
  /** Answers by the process that gave them (`X-Process`). */
  readonly servedBy: Counts;
}

const failuresMax = 5;
const request = "GET /new HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

export class NewConnections implements Load<NewConnectionsTally> {
  #opened = 0;
  #failed = 0;
  #underWay = 0;
  readonly #failures: string[] = [];
  readonly #servedBy: Counts = {};
  readonly #held = new Held(() => this.#underWay === 0);

  constructor(private readonly plan: NewConnectionsPlan) {
    this.go();
  }

  tally(): NewConnectionsTally {
    const [opened, failed] = [this.#opened, this.#failed];
    return { opened, failed, failures: this.#failures, servedBy: this.#servedBy };
  }

  hold(): Promise<void> {
    return this.#held.hold();
  }

  go(): void {
    this.#held.go();
    for (let i = 0; i < this.plan.count; i++) this.#come();
  }

  end(): Promise<void> {
    return this.hold();
  }

  #come(): void {
    if (this.#held.on) return this.#held.look();
    const { doors } = this.plan;
    const door = doors[this.#opened++ % doors.length]!;
    this.#underWay++;
    let answer = "";
    let isOver = false;
    const over = (error?: Error): void => {
      if (isOver) return;
      isOver = true;
      this.#underWay--;
      this.#note(answer, error);
      this.#come();
    };
    const socket = {
      open: (socket: Bun.Socket) => void socket.write(request),
      data: (_: Bun.Socket, bytes: Buffer) => void (answer += bytes.toString("latin1")),
      close: (_: Bun.Socket, error?: Error) => over(error),
      error: (_: Bun.Socket, error: Error) => over(error),
      connectError: (_: Bun.Socket, error: Error) => over(error),
    };
    Bun.connect({ ...door, socket } as Bun.TCPSocketConnectOptions).catch(over);
  }

  #note(answer: string, error: Error | undefined): void {
    const whole = /^HTTP\/1\.1 200 [^]*?content-length: (\d+)\r\n[^]*?\r\n\r\n([^]*)$/i.exec(
      answer,
    );
    if (!error && whole && whole[2]!.length === Number(whole[1])) {
      const server = /\r\nx-process: (.*)\r\n/i.exec(answer)?.[1] ?? "";
      this.#servedBy[server] = (this.#servedBy[server] ?? 0) + 1;
      return;
    }
    this.#failed++;
    const why = `${error ?? "no whole answer"}: ${JSON.stringify(answer)}`;
    if (this.#failures.length < failuresMax) this.#failures.push(why);
  }
}
