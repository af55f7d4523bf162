import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A service manager's socket, held by socat; each datagram is a line that begins with a mark. */
export class NotifySink {
  readonly path: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "sluice-notify-"));
  readonly #socat: Bun.Subprocess<"ignore", "pipe", "inherit">;
  #got = "";
  #wake: (() => void)[] = [];

  constructor() {
    this.path = join(this.#folder, "notify");
    this.#socat = Bun.spawn(["socat", "-u", `UNIX-RECV:${this.path}`, "STDOUT"], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    });
    void this.#gather();
  }

  static available(): boolean {
    return Bun.which("socat") !== null;
  }

  /** Waits until so many lines with this text are there. */
  async gets(line: string, times = 1): Promise<void> {
    while (this.lines.filter((got) => got.startsWith(line)).length < times) {
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  get lines(): readonly string[] {
    return this.#got.split("\n").filter((line) => line !== "");
  }

  /** Waits until the socket is there. */
  async ready(): Promise<this> {
    while (!(await Bun.file(this.path).stat().then(() => true, () => false))) await Bun.sleep(2);
    return this;
  }

  async end(): Promise<void> {
    this.#socat.kill();
    await this.#socat.exited;
    rmSync(this.#folder, { recursive: true });
  }

  async #gather(): Promise<void> {
    for await (const bytes of this.#socat.stdout) {
      this.#got += new TextDecoder().decode(bytes);
      for (const wake of this.#wake.splice(0)) wake();
    }
  }
}
