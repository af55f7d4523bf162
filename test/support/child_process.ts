import { connect } from "node:net";

/** A gateway, or another server, that runs as a process of its own. */
export interface GatewayProcess {
  /** `haproxy`, `sluice`, or a server of a test. */
  readonly name: string;
  readonly pid: number;
  /** What it has written to its standard streams so far. */
  output(): string;
  /** SIGTERM, then SIGKILL when it has not ended within `STOP_MS`. */
  stop(): Promise<void>;
}

/** The process ended, or did not accept in time; `output` is what it said. */
export class StartFailure extends Error {
  constructor(readonly program: string, readonly output: string) {
    super(`${program} did not start: ${output.trim().slice(0, 4000)}`);
  }
}

export interface StartOptions {
  readonly name: string;
  readonly command: readonly string[];
  readonly cwd?: string;
  /** The caller's own when absent. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What is expected to accept once the program serves. */
  readonly at: Address;
}

/** A TCP address, or the path of a unix socket. */
export type Address = { readonly host: string; readonly port: number } | { readonly path: string };

const START_MS = 20_000;
const STOP_MS = 5_000;
const POLL_MS = 5;

function accepts(at: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(at);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

async function collect(stream: ReadableStream<Uint8Array>, into: string[]): Promise<void> {
  const decoder = new TextDecoder("latin1");
  for await (const chunk of stream) into.push(decoder.decode(chunk));
}

/** Starts a program and waits until it accepts on the given address. Throws {@link StartFailure}. */
export async function startGateway(options: StartOptions): Promise<GatewayProcess> {
  const child = Bun.spawn([...options.command], {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const written: string[] = [];
  const read = Promise.all([collect(child.stdout, written), collect(child.stderr, written)]);
  const abandon = (): void => child.kill("SIGKILL");
  process.once("exit", abandon);
  child.exited.then(() => process.off("exit", abandon));
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await child.exited;
    clearTimeout(timer);
  };
  const deadline = Date.now() + START_MS;
  for (;;) {
    const ended = child.exitCode !== null || child.signalCode !== null;
    if (ended) {
      await read;
      throw new StartFailure(options.name, written.join(""));
    }
    if (await accepts(options.at)) break;
    if (Date.now() > deadline) {
      await stop();
      throw new StartFailure(
        options.name,
        `nothing accepts on ${JSON.stringify(options.at)}\n${written.join("")}`,
      );
    }
    await Bun.sleep(POLL_MS);
  }
  return { name: options.name, pid: child.pid, output: () => written.join(""), stop };
}
