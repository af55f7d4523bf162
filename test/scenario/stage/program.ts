import { connect } from "node:net";
import process from "node:process";
import { patienceMs } from "./peer.ts";

const pollMs = 10;

/** Programs of a distribution that are not there, as words for a test that is skipped. */
export function missingPrograms(...names: readonly string[]): string {
  const missing = names.filter((name) => programPath(name) === null);
  return missing.length === 0 ? "" : ` (skipped: no ${missing.join(", ")} here)`;
}

/** Where a program is; servers are not on everybody's path. */
export function programPath(name: string): string | null {
  return Bun.which(name, { PATH: `${process.env.PATH}:/usr/sbin` });
}

export interface ProgramResult {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs a program to its end. */
export async function run(
  command: readonly string[],
  input: string | Uint8Array = "",
  env: Readonly<Record<string, string>> = {},
): Promise<ProgramResult> {
  const child = Bun.spawn([...command], {
    stdin: typeof input === "string" ? Buffer.from(input) : input,
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, ...env },
    timeout: patienceMs,
  });
  const [output, errors, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, output, errors };
}

/** A server of somebody else's that runs for a story. */
export class Program implements AsyncDisposable {
  #child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  #said = "";

  private constructor(readonly command: readonly string[]) {
    this.#child = Bun.spawn([...command], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    process.once("exit", this.#abandon);
    for (const stream of [this.#child.stdout, this.#child.stderr]) void this.#collect(stream);
  }

  /** Starts it, and waits until it accepts on a port of 127.0.0.1. */
  static async serving(port: number, command: readonly string[]): Promise<Program> {
    const program = new Program(command);
    const deadline = Date.now() + patienceMs;
    while (!(await accepts(port))) {
      if (Date.now() > deadline || program.#child.exitCode !== null) {
        await program[Symbol.asyncDispose]();
        throw new Error(`${command[0]} does not accept on ${port}: ${program.#said}`);
      }
      await Bun.sleep(pollMs);
    }
    return program;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    const timer = setTimeout(this.#abandon, 5000);
    await this.#child.exited;
    clearTimeout(timer);
    process.off("exit", this.#abandon);
  }

  readonly #abandon = (): void => this.#child.kill("SIGKILL");

  async #collect(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const piece of stream) this.#said += Buffer.from(piece).toString("latin1");
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
