import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { type Libc, socketPair } from "../../../ffi/mod.ts";
import { type BellSocket, openBellSocket } from "./bell_socket.ts";
import { adding, dataWord, deleting, eventWords, readiness } from "./epoll.ts";

const withoutWaitingOrSignal = 0x4040;
/** The kernel had no memory for a byte: the next try comes so much later. */
const retryMs = 10;

/**
 * Wakes the runtime's event loop when an epoll descriptor of our own has something to tell. The
 * runtime waits in an epoll of its own, which it offers no way into. So it is given one end of a
 * socket pair, the bell, which always has a byte to read; then that socket's entry in the runtime's
 * list is replaced by one for our descriptor that leads to the same socket. When our descriptor is
 * ready, the runtime finds a byte in the bell, and calls us.
 *
 * The entry's key is what `/proc/self/fdinfo` shows of it. The bell is never closed, so the key stays
 * true as long as the process lives. Whether all this holds is tried at the start, not assumed.
 */
export class Bell {
  readonly #byte = new Uint8Array(new ArrayBuffer(1));

  #socket: BellSocket | undefined;

  private constructor(private readonly libc: Libc, private readonly rope: number) {}

  /** Hangs it on `epoll`; undefined where the runtime or the system does not do its part. */
  static async hang(libc: Libc, epoll: number, ring: () => void): Promise<Bell | undefined> {
    const [bellFd, rope] = socketPair(libc);
    const bell = new Bell(libc, rope);
    bell.#socket = await openBellSocket(bellFd, ring, () => bell.pull());
    const entry = runtimeEntry(bellFd);
    if (!entry || libc.epoll_ctl(entry.epoll, deleting, bellFd, entry.event) < 0) {
      bell.#takeDown();
      return undefined;
    }
    if (libc.epoll_ctl(entry.epoll, adding, epoll, entry.event) < 0) {
      // The runtime must find its own entry again, when it takes the socket out.
      libc.epoll_ctl(entry.epoll, adding, bellFd, entry.event);
      bell.#takeDown();
      return undefined;
    }
    bell.pull();
    return bell;
  }

  /** Whether it keeps the process alive. */
  set holds(holds: boolean) {
    if (holds) this.#socket?.ref();
    else this.#socket?.unref();
  }

  /** Puts the byte into it that the runtime will find. */
  pull(): void {
    const sent = this.libc.send(this.rope, this.#byte, 1, withoutWaitingOrSignal);
    // Without it nobody would ever be called again.
    if (sent < 0) setTimeout(() => this.pull(), retryMs);
  }

  #takeDown(): void {
    this.#socket?.close();
    this.libc.close(this.rope);
  }
}

interface RuntimeEntry {
  /** The epoll descriptor that the runtime waits in. */
  readonly epoll: number;
  /** The `struct epoll_event` that leads to the socket. */
  readonly event: Uint8Array;
}

function runtimeEntry(fd: number): RuntimeEntry | undefined {
  const line = new RegExp(`^tfd:\\s+${fd} events:\\s+[0-9a-f]+ data:\\s+([0-9a-f]+)`, "m");
  for (const name of ownDescriptors()) {
    const key = line.exec(entriesOf(name))?.[1];
    if (key === undefined) continue;
    const event = new Uint8Array(new ArrayBuffer(eventWords * 4));
    const view = new DataView(event.buffer);
    view.setUint32(0, readiness.readable, true);
    view.setBigUint64(dataWord * 4, BigInt(`0x${key}`), true);
    return { epoll: Number(name), event };
  }
  return undefined;
}

/** None where there is no `/proc`. */
function ownDescriptors(): readonly string[] {
  try {
    return readdirSync("/proc/self/fd");
  } catch {
    return [];
  }
}

function entriesOf(name: string): string {
  try {
    const isEpoll = readlinkSync(`/proc/self/fd/${name}`) === "anon_inode:[eventpoll]";
    return isEpoll ? readFileSync(`/proc/self/fdinfo/${name}`, "latin1") : "";
  } catch {
    return "";
  }
}
