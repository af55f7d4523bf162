import type { LogTarget } from "../config/plan.ts";
import {
  UdpDestination,
  UnixDatagramDestination,
  type UnixDatagramSocket,
} from "./datagram_destination.ts";
import { type LogDestination, LogTargetError } from "./log_destination.ts";
import { StreamDestination } from "./stream_destination.ts";

interface Shared {
  readonly destination: LogDestination;
  users: number;
}

/**
 * The destinations of all log targets of the process: targets that name the same one share it, and
 * a reload keeps those that the new Plan names too.
 */
export class LogDestinations {
  #shared = new Map<string, Shared>();
  #closedDropped = 0;

  /**
   * @param unixDatagram opens a unix datagram socket; undefined where the platform can't
   * @param warn told of a socket that nobody listens on
   */
  constructor(
    private readonly unixDatagram?: (path: string) => UnixDatagramSocket,
    private readonly warn: (text: string) => void = () => {},
  ) {}

  /** Lines lost so far over all destinations (`DroppedLogs`). */
  get dropped(): number {
    let dropped = this.#closedDropped;
    for (const { destination } of this.#shared.values()) dropped += destination.dropped;
    return dropped;
  }

  /** Opens it or joins those who use it. Throws {@link LogTargetError}. */
  acquire(to: LogTarget["to"]): LogDestination {
    const key = keyOf(to);
    let shared = this.#shared.get(key);
    if (!shared) this.#shared.set(key, shared = { destination: this.#open(to), users: 0 });
    shared.users++;
    return shared.destination;
  }

  /** Closes it when nobody else uses it. */
  async release(to: LogTarget["to"]): Promise<void> {
    const key = keyOf(to);
    const shared = this.#shared.get(key);
    if (!shared || --shared.users > 0) return;
    this.#shared.delete(key);
    await shared.destination.close();
    this.#closedDropped += shared.destination.dropped;
  }

  /** Opens files again under their names. Throws {@link LogTargetError}; the old file stays then. */
  reopen(): void {
    for (const { destination } of this.#shared.values()) destination.reopen();
  }

  #open(to: LogTarget["to"]): LogDestination {
    switch (to.kind) {
      case "stdout":
        return new StreamDestination(undefined, 1);
      case "stderr":
        return new StreamDestination(undefined, 2);
      case "file":
        return new StreamDestination(to.path, -1);
      case "udp":
        return new UdpDestination(to.host, to.port);
      case "unix":
        return this.#openUnix(to.path);
    }
  }

  #openUnix(path: string): LogDestination {
    const { unixDatagram } = this;
    if (!unixDatagram) {
      throw new LogTargetError(
        `Log target '${path}' can't be used: no unix datagram sockets on this platform; ` +
          "send to a UDP address or to stdout instead",
      );
    }
    return new UnixDatagramDestination(() => unixDatagram(path), (why) => {
      const reason = why instanceof Error ? why.message : String(why);
      // HAProxy has no files to log to, and an absolute path is a socket.
      const hint = path.endsWith(".log") ? `; a file is 'file@${path}'` : "";
      this.warn(`Log lines are lost: nobody takes them at socket '${path}' (${reason})${hint}`);
    });
  }
}

function keyOf(to: LogTarget["to"]): string {
  switch (to.kind) {
    case "udp":
      return `udp ${to.host} ${to.port}`;
    case "file":
    case "unix":
      return `${to.kind} ${to.path}`;
    case "stdout":
    case "stderr":
      return to.kind;
  }
}
