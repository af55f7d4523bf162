import net from "node:net";

/** Where newcomers go: an address of a runtime's socket. */
export type Door = { readonly host: string; readonly port: number } | { readonly path: string };

const request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/**
 * Clients who come one after the other, each with a connection of its own, and note who answered.
 * Whatever is no whole answer is a failure.
 */
export class Newcomers {
  readonly answers = new Map<string, number>();
  readonly failures: string[] = [];
  #going = true;
  #done: Promise<unknown>;
  readonly #watchers = new Set<() => void>();

  constructor(doors: readonly Door[], clients: number) {
    this.#done = Promise.all(Array.from({ length: clients }, (_, i) => this.#come(doors, i)));
  }

  /** Waits until `who` has answered so many more. */
  more(who: string, count: number): Promise<void> {
    const enough = this.#count(who) + count;
    return new Promise((resolve) => {
      const look = () => {
        if (this.#count(who) < enough) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
    });
  }

  async stop(): Promise<void> {
    this.#going = false;
    await this.#done;
  }

  #count(who: string): number {
    return this.answers.get(who) ?? 0;
  }

  async #come(doors: readonly Door[], first: number): Promise<void> {
    for (let i = first; this.#going; i++) {
      const body = await visit(doors[i % doors.length]!).catch((error) => {
        this.failures.push(String(error));
        return undefined;
      });
      if (body === undefined) continue;
      this.answers.set(body, this.#count(body) + 1);
      for (const watch of this.#watchers) watch();
    }
  }
}

/** One connection, one request; resolves to the body of the answer. */
export function visit(door: Door): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = net.connect({ ...door }, () => socket.write(request));
    socket.setEncoding("latin1");
    socket.on("data", (piece) => answer += piece);
    socket.on("error", reject);
    socket.on("close", () => {
      const whole = /^HTTP\/1\.1 200 [^]*?content-length: (\d+)\r\n[^]*?\r\n\r\n([^]*)$/i.exec(
        answer,
      );
      if (whole && whole[2]!.length === Number(whole[1])) resolve(whole[2]!);
      else reject(new Error(`no answer, but ${JSON.stringify(answer)}`));
    });
  });
}
