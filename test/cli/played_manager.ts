import { plainSocket } from "../../src/config/bind_plan.ts";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Libc, libc, SystemCallError, unixAddress, unixFamily } from "../../ffi/mod.ts";
import { Address } from "../../src/lang/address.ts";
import { listenAt } from "../../src/net/listening_socket.ts";
import { isAlive } from "../support/process_state.ts";

/** What a service said at once. */
export interface Notification {
  readonly pid: number;
  readonly lines: readonly string[];
}

/** A socket that the manager holds for the service. */
export interface HeldSocket {
  readonly name: string;
  readonly fd: number;
}

const patienceMs = 30_000;
const datagram = 2;
const closeOnExec = 0o2000000;
const passCredentials = 16;
const doNotWait = 0x40;
const closeReceived = 0x40000000;

/**
 * A service manager as systemd is one: it listens to the main process alone, knows it by its own start and
 * by MAINPID, passes sockets, and keeps those that it is given.
 */
export class PlayedManager implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "sluice-manager-"));
  /** What the main process has said. */
  readonly heard: Notification[] = [];
  /** What others have said: systemd would not listen. */
  readonly refused: Notification[] = [];
  readonly stored: HeldSocket[] = [];
  /** All that the processes have said on their standard streams. */
  output = "";
  mainPid = 0;
  readonly #pids = new Set<number>();
  readonly #socket: number;

  static async create(): Promise<PlayedManager> {
    return new PlayedManager(await libc());
  }

  private constructor(private readonly native: Libc) {
    this.#socket = native.socket(unixFamily, datagram | closeOnExec, 0);
    const address = unixAddress(this.notifySocket);
    if (native.bind(this.#socket, address, address.length) < 0) {
      throw new SystemCallError("bind", native.errno());
    }
    // Whoever may enter the folder may speak.
    chmodSync(this.notifySocket, 0o777);
    const one = Uint8Array.of(1, 0, 0, 0);
    native.setsockopt(this.#socket, 1, passCredentials, one, one.length);
  }

  get notifySocket(): string {
    return join(this.folder, "notify");
  }

  /** Opens a listening socket, as a `.socket` unit has it opened. */
  listen(port: number, name: string): HeldSocket {
    const address = { kind: "tcp", host: "127.0.0.1", port, v6only: false } as const;
    const options = { socket: plainSocket, backlog: 16, reusePort: false };
    return { name, fd: listenAt(this.native, address, Address.parse(address.host), options).fd };
  }

  close({ fd }: HeldSocket): void {
    this.native.close(fd);
  }

  /** Starts the service with these sockets and what is stored. */
  start(
    command: readonly string[],
    environment: Readonly<Record<string, string>>,
    sockets: readonly HeldSocket[] = [],
  ): Bun.Subprocess {
    const held = [...sockets, ...this.stored];
    const listening: Record<string, string> = held.length === 0 ? {} : {
      LISTEN_FDS: String(held.length),
      LISTEN_FDNAMES: held.map(({ name }) => name).join(":"),
    };
    // The number of the process is known in it alone.
    const script = 'export LISTEN_PID=$$; exec "$@"';
    const child = Bun.spawn(["sh", "-c", script, "sh", ...command], {
      cwd: this.folder,
      env: { ...process.env, ...environment, ...listening, NOTIFY_SOCKET: this.notifySocket },
      stdio: ["ignore", "pipe", "pipe", ...held.map(({ fd }) => fd)],
    });
    this.mainPid = child.pid;
    this.#pids.add(child.pid);
    for (const stream of [child.stdout, child.stderr]) {
      if (stream instanceof ReadableStream) void this.#gather(stream);
    }
    return child;
  }

  signal(name: NodeJS.Signals): void {
    process.kill(this.mainPid, name);
  }

  /** Lines of all that was heard. */
  get lines(): readonly string[] {
    return this.heard.flatMap(({ lines }) => lines);
  }

  /** Waits until a line was heard so many times. */
  hears(line: string, times = 1): Promise<void> {
    return this.until(() => this.lines.filter((one) => one === line).length >= times, line);
  }

  async until(done: () => boolean, what: string): Promise<void> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      while (this.#receive());
      if (done()) return;
      if (Date.now() > deadline) {
        const said = JSON.stringify(this.heard, undefined, 1);
        throw new Error(`Waited for ${what}, in vain; heard:\n${said}\n${this.output}`);
      }
      await Bun.sleep(5);
    }
  }

  async gone(pid: number): Promise<void> {
    await this.until(() => !isAlive(pid), `the end of ${pid}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pid of this.#pids) if (isAlive(pid)) process.kill(pid, "SIGKILL");
    for (const { fd } of this.stored) this.native.close(fd);
    this.native.close(this.#socket);
    await Promise.all([...this.#pids].map((pid) => this.gone(pid)));
    rmSync(this.folder, { recursive: true });
  }

  #receive(): boolean {
    const got = receiveWithSender(this.native, this.#socket);
    if (!got) return false;
    const lines = got.text.split("\n").filter((line) => line !== "");
    const notification = { pid: got.pid, lines };
    if (got.pid !== this.mainPid) {
      this.refused.push(notification);
      for (const fd of got.fds) this.native.close(fd);
      return true;
    }
    this.heard.push(notification);
    const values = new Map(lines.map((line) => line.split("=", 2) as [string, string]));
    const name = values.get("FDNAME") ?? "stored";
    if (values.has("FDSTORE")) this.stored.push(...got.fds.map((fd) => ({ name, fd })));
    if (values.has("FDSTOREREMOVE")) this.#drop(name);
    const main = values.get("MAINPID");
    if (main !== undefined) this.#pids.add(this.mainPid = Number(main));
    return true;
  }

  #drop(name: string): void {
    for (const held of this.stored.filter((one) => one.name === name)) {
      this.native.close(held.fd);
      this.stored.splice(this.stored.indexOf(held), 1);
    }
  }

  async #gather(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const piece of stream) this.output += new TextDecoder().decode(piece);
  }
}

/** A datagram, its sender as the kernel knows it, and descriptors; undefined when none is there. */
function receiveWithSender(
  native: Libc,
  socket: number,
): { readonly text: string; readonly pid: number; readonly fds: readonly number[] } | undefined {
  const [vectorAt, controlAt, controlBytes, dataAt, dataBytes] = [56, 72, 512, 584, 8192];
  const arena = new Uint8Array(new ArrayBuffer(dataAt + dataBytes));
  const view = new DataView(arena.buffer);
  const address = native.addressOf(arena);
  const put = (at: number, value: bigint | number) => view.setBigUint64(at, BigInt(value), true);
  put(16, address + BigInt(vectorAt));
  put(24, 1);
  put(32, address + BigInt(controlAt));
  put(40, controlBytes);
  put(vectorAt, address + BigInt(dataAt));
  put(vectorAt + 8, dataBytes);
  const length = native.recvmsg(socket, arena, doNotWait | closeReceived);
  if (length < 0) return undefined;
  const text = new TextDecoder().decode(arena.subarray(dataAt, dataAt + length));
  const end = controlAt + Number(view.getBigUint64(40, true));
  const fds: number[] = [];
  let pid = 0;
  for (let at = controlAt; at + 16 <= end;) {
    const length = Number(view.getBigUint64(at, true));
    const isRights = view.getInt32(at + 12, true) === 1;
    if (!isRights) pid = view.getInt32(at + 16, true);
    for (let fd = at + 16; isRights && fd < at + length; fd += 4) {
      fds.push(view.getInt32(fd, true));
    }
    at += (length + 7) & ~7;
  }
  return { text, pid, fds };
}
