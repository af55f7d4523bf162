import { join } from "node:path";
import process from "node:process";
import type { LoadPlan, Tallies } from "./loads.ts";
import type { OriginPorts } from "./origins.ts";
import type { RandomOriginPorts } from "./random/random_origins.ts";
import type { Call, Said } from "./worker.ts";

type Unnumbered<T> = T extends unknown ? Omit<T, "number"> : never;

/** Milliseconds that anything is waited for. */
const patienceMs = 120_000;
const pollMs = 20;

/** Clients and servers in a process of their own: whoever watches has its hands free. */
export class Traffic implements AsyncDisposable {
  readonly #child: Bun.Subprocess;
  readonly #open = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #ready = Promise.withResolvers<void>();
  #origins: OriginPorts | undefined;
  #number = 0;

  private constructor() {
    this.#child = Bun.spawn([process.execPath, join(import.meta.dir, "worker.ts")], {
      stdin: "ignore",
      stdout: "inherit",
      stderr: "inherit",
      ipc: (said: Said) => this.#hear(said),
      onExit: () => this.#over(),
    });
  }

  static async start(): Promise<Traffic> {
    const traffic = new Traffic();
    await traffic.#ready.promise;
    return traffic;
  }

  get origins(): OriginPorts {
    return this.#origins!;
  }

  async begin<Plan extends LoadPlan>(plan: Plan): Promise<RunningLoad<Tallies[Plan["kind"]]>> {
    const load = await this.#call({ does: "begin", plan }) as number;
    return new RunningLoad((does) => this.#call({ does, load }) as Promise<Tallies[Plan["kind"]]>);
  }

  /** Starts the servers of random clients; one of them listens on a path. */
  async randomOrigins(path: string): Promise<RandomOriginPorts> {
    return await this.#call({ does: "random origins", path }) as RandomOriginPorts;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill();
    await this.#child.exited;
  }

  #call(call: Unnumbered<Call>): Promise<unknown> {
    const number = ++this.#number;
    const answer = Promise.withResolvers<unknown>();
    this.#open.set(number, answer);
    this.#child.send({ ...call, number });
    return answer.promise;
  }

  #hear(said: Said): void {
    if ("origins" in said) {
      this.#origins = said.origins;
      return this.#ready.resolve();
    }
    this.#open.get(said.number)?.resolve(said.value);
    this.#open.delete(said.number);
  }

  #over(): void {
    for (const { reject } of [this.#ready, ...this.#open.values()]) {
      reject(new Error("The process that makes traffic has ended"));
    }
  }
}

/** A load that the other process makes. Everything resolves to how it stands then. */
export class RunningLoad<Tally> {
  constructor(
    private readonly call: (does: "tally" | "hold" | "go" | "end") => Promise<Tally>,
  ) {}

  tally(): Promise<Tally> {
    return this.call("tally");
  }

  hold(): Promise<Tally> {
    return this.call("hold");
  }

  go(): Promise<Tally> {
    return this.call("go");
  }

  end(): Promise<Tally> {
    return this.call("end");
  }

  /** Waits until it stands like that. */
  async until(enough: (tally: Tally) => boolean): Promise<Tally> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const tally = await this.tally();
      if (enough(tally)) return tally;
      if (Date.now() > deadline) {
        throw new Error(`Waited in vain; it stands like this: ${JSON.stringify(tally)}`);
      }
      await Bun.sleep(pollMs);
    }
  }
}
