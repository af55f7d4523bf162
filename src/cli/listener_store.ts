import { fstatSync } from "node:fs";
import type { BindPlan } from "../config/bind_plan.ts";
import type { ServiceManager } from "./service_manager.ts";
import type { ServiceSocket } from "./listen_fds.ts";
import { storedPrefix } from "./service_sockets.ts";

/** sd_pid_notify_with_fds(3). */
const nameBytesMax = 255;

/** A socket that listens. */
interface StoredListener {
  readonly fd: number;
  readonly bind: BindPlan;
}

/**
 * Listening sockets that the service manager keeps, so that a crash loses none and no client is refused
 * until the next process is there (`FileDescriptorStoreMax=`).
 */
export class ListenerStore {
  /** By the name that the manager knows, the socket's inode. */
  #kept = new Map<string, number>();
  /** Sockets that the manager has opened itself. */
  readonly #foreign = new Set<number>();

  /** @param passed what the manager has passed, of this program's own or not */
  constructor(private readonly manager: ServiceManager, passed: readonly ServiceSocket[]) {
    for (const { fd, name } of passed) {
      if (name.startsWith(storedPrefix)) this.#kept.set(name, inodeOf(fd));
      else this.#foreign.add(inodeOf(fd));
    }
  }

  /** Has these kept, and no others. */
  async keep(listeners: readonly StoredListener[]): Promise<void> {
    const wanted = new Map<string, StoredListener>();
    for (const listener of listeners) {
      const name = storedPrefix + encodeURIComponent(listener.bind.text);
      const { fd } = listener;
      if (fd < 0 || name.length > nameBytesMax || this.#foreign.has(inodeOf(fd))) continue;
      wanted.set(name, listener);
    }
    for (const [name, inode] of this.#kept) {
      const listener = wanted.get(name);
      if (listener && inodeOf(listener.fd) === inode) continue;
      this.#kept.delete(name);
      await this.manager.forget(name);
    }
    for (const [name, { fd }] of wanted) {
      if (this.#kept.has(name)) continue;
      this.#kept.set(name, inodeOf(fd));
      await this.manager.store(name, fd);
    }
  }
}

function inodeOf(fd: number): number {
  return fstatSync(fd).ino;
}
