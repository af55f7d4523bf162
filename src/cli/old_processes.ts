import process from "node:process";

/** HAProxy asks old processes to let go of their ports this often, and so many times. */
const retryMs = 10;
const retriesMax = 200;

/** The processes of `-sf` and `-st`. */
export class OldProcesses {
  #paused = false;

  constructor(
    private readonly pids: readonly number[],
    private readonly signal: "SIGUSR1" | "SIGTERM",
  ) {}

  /**
   * Runs `bind` until it says that nothing is in its way. Old processes are asked to pause in
   * between, and to go on when it was in vain.
   *
   * @param bind resolves to what is wrong; `retry` when an old process may be the reason
   */
  async makeWay<T extends { readonly retry: boolean }>(
    bind: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    for (let tries = 0;; tries++) {
      const fault = await bind();
      if (!fault) return undefined;
      if (!fault.retry || tries === retriesMax || !this.#tell("SIGTTOU")) {
        if (this.#paused) this.#tell("SIGTTIN");
        return fault;
      }
      this.#paused = true;
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }

  /** This process serves: they may end. */
  dismiss(): void {
    this.#tell(this.signal);
  }

  /** Whether anyone was there to hear it. */
  #tell(signal: NodeJS.Signals): boolean {
    const told = this.pids.filter((pid) => {
      try {
        return process.kill(pid, signal);
      } catch {
        return false;
      }
    });
    return told.length > 0;
  }
}
