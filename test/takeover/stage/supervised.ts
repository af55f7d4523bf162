import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../support/free_port.ts";
import { sluiceCommand } from "../../support/sluice.ts";
import { echoOrigin, KeepAliveClient } from "./traffic.ts";
import { isAlive } from "../../support/process_state.ts";

const patienceMs = 30_000;

/** Waits until it is so; `said` explains a failure. */
export async function until(
  done: () => boolean,
  what: string,
  said: () => string = () => "",
): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!done()) {
    if (Date.now() > deadline) throw new Error(`Waited for ${what}, in vain\n${said()}`);
    await Bun.sleep(10);
  }
}

/** A gateway that somebody watches over, with clients that stay connected to it. */
export class Supervised implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "sluice-supervised-"));
  readonly file = join(this.folder, "haproxy.cfg");
  readonly pidFile = join(this.folder, "pid");
  output = "";
  clients: readonly KeepAliveClient[] = [];
  readonly #pids = new Set<number>();
  readonly #origin = echoOrigin();

  static async make(global = ""): Promise<Supervised> {
    return new Supervised(await freePort(), global);
  }

  private constructor(readonly port: number, global: string) {
    this.write(`
global
${global}
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
listen fe
  bind 127.0.0.1:${port}
  server s 127.0.0.1:${this.#origin.port}
`);
  }

  write(configuration: string): void {
    writeFileSync(this.file, configuration);
  }

  get configuration(): string {
    return readFileSync(this.file, "utf8");
  }

  get #environment() {
    return { ...process.env, RUNTIME_DIRECTORY: join(this.folder, "run") };
  }

  /** Starts it, `before` in front of the program's name. */
  start(args: readonly string[], before: readonly string[] = []): Bun.Subprocess {
    const child = Bun.spawn([...before, ...sluiceCommand(), ...args], {
      cwd: this.folder,
      env: this.#environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.watch(child.pid);
    for (const stream of [child.stdout, child.stderr]) void this.#gather(stream);
    return child;
  }

  /** It has to end with the test. */
  watch(pid: number): number {
    this.#pids.add(pid);
    return pid;
  }

  async said(text: string, times = 1): Promise<void> {
    const done = () => this.output.split(text).length > times;
    await until(done, `'${text}'`, () => this.output);
  }

  async gone(pid: number): Promise<void> {
    await until(() => !isAlive(pid), `the end of ${pid}`, () => this.output);
  }

  connect(): void {
    this.clients = Array.from({ length: 10 }, (_, i) => new KeepAliveClient(this.port, `c${i}`, i));
  }

  /** Whether an answer came on every connection since. */
  async answersAll(): Promise<void> {
    const before = this.clients.map(({ answered }) => answered);
    const done = () => this.clients.every(({ answered }, i) => answered > before[i]!);
    await until(done, "an answer on every connection", () => this.output);
  }

  /** Ends the clients; what they missed. */
  async tally(): Promise<{ lost: number; wrong: number; closes: number }> {
    await Promise.all(this.clients.map((client) => client.stop()));
    const sum = (of: (client: KeepAliveClient) => number) =>
      this.clients.reduce((total, client) => total + of(client), 0);
    return {
      lost: sum((one) => one.lost),
      wrong: sum((one) => one.wrong),
      closes: sum((one) => one.closes),
    };
  }

  async upgrade(...args: string[]): Promise<{ status: number; output: string }> {
    const command = [...sluiceCommand(), "upgrade", "-f", this.file, ...args];
    const options = ["--probation", "50"].filter(() => !args.includes("--probation"));
    const child = Bun.spawn([...command, ...options], {
      cwd: this.folder,
      env: this.#environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const texts = [new Response(child.stdout).text(), new Response(child.stderr).text()];
    const [out, err] = await Promise.all(texts);
    return { status: await child.exited, output: out! + err! };
  }

  async findable(): Promise<void> {
    const run = join(this.folder, "run");
    const done = () => {
      if (!existsSync(run)) return false;
      return new Bun.Glob("*/takeover.sock").scanSync({ cwd: run, onlyFiles: false }).next()
        .done ===
        false;
    };
    await until(done, "an endpoint", () => this.output);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.clients) void client.stop();
    for (const pid of this.#pids) if (isAlive(pid)) process.kill(pid, "SIGKILL");
    for (const pid of this.#pids) await this.gone(pid);
    this.#origin.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #gather(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const piece of stream) this.output += new TextDecoder().decode(piece);
  }
}
