import { Buffer } from "node:buffer";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { FdChannel, type Libc, libc, monotonicMicros } from "../../ffi/mod.ts";
import { connectUnixDatagram } from "../net/unix_datagram.ts";

/** Most bytes of one notification. */
const stateBytesMax = 4096;
/** A manager that is busy is waited for this long between tries, and so many times. */
const fullWaitMs = 5;
const fullWaitsMax = 400;

/**
 * Tells a service manager how the service is, as sd_notify(3) does. It listens to one process of a
 * service, the main one (`NotifyAccess=main`): who comes next is named by the one that goes.
 */
export class ServiceManager {
  readonly #channel: FdChannel;
  #socket: ReturnType<typeof connectUnixDatagram>;
  /** What is told arrives in order. */
  #turn: Promise<void> = Promise.resolve();

  /**
   * The one that NOTIFY_SOCKET names; undefined when nobody wants to know. It is connected before
   * this process gives up the file system that the socket is in.
   */
  static async of(
    environment: Readonly<Record<string, string | undefined>>,
  ): Promise<ServiceManager | undefined> {
    const path = environment.NOTIFY_SOCKET;
    if (path === undefined || path === "") return undefined;
    try {
      return new ServiceManager(await libc(), path);
    } catch {
      // A manager that can't be reached is no reason not to serve.
      return undefined;
    }
  }

  private constructor(private readonly native: Libc, private readonly path: string) {
    this.#channel = new FdChannel(native, stateBytesMax);
    this.#socket = connectUnixDatagram(native, path);
  }

  ready(status = "Ready."): Promise<void> {
    return this.#send(`READY=1\nMAINPID=${process.pid}\nSTATUS=${line(status)}\n`);
  }

  /** A reload or an upgrade begins; {@link ready} or {@link handedOver} ends it. */
  reloading(status = "Reloading Configuration."): Promise<void> {
    return this.#send(
      `RELOADING=1\nMONOTONIC_USEC=${monotonicMicros(this.native)}\nSTATUS=${line(status)}\n`,
    );
  }

  /** A reload failed; the service goes on as it was. */
  reloadFailed(): Promise<void> {
    return this.ready("Reload failed!");
  }

  /** Another process is the service now; it may speak from here on. */
  handedOver(pid: number): Promise<void> {
    return this.#send(`READY=1\nMAINPID=${pid}\nSTATUS=Ready.\n`);
  }

  stopping(): Promise<void> {
    return this.#send("STOPPING=1\n");
  }

  /** Gives a descriptor to keep: the next process gets it when this one ends unexpectedly. */
  store(name: string, fd: number): Promise<void> {
    return this.#send(`FDSTORE=1\nFDNAME=${name}\n`, [fd]);
  }

  /** The descriptors of this name need not be kept any longer. */
  forget(name: string): Promise<void> {
    return this.#send(`FDSTOREREMOVE=1\nFDNAME=${name}\n`);
  }

  #send(state: string, fds: readonly number[] = []): Promise<void> {
    return this.#turn = this.#turn.then(() => this.#deliver(Buffer.from(state), fds));
  }

  async #deliver(state: Uint8Array, fds: readonly number[]): Promise<void> {
    let reopened = false;
    for (let waits = 0; waits < fullWaitsMax;) {
      const sent = this.#channel.send(this.#socket.fd, fds, state);
      if (sent.kind === "sent") return;
      if (sent.kind === "full") {
        waits++;
        await setTimeout(fullWaitMs);
        continue;
      }
      // Its socket may have been made anew since.
      if (reopened || !this.#reopen()) return;
      reopened = true;
    }
  }

  #reopen(): boolean {
    try {
      const socket = connectUnixDatagram(this.native, this.path);
      this.#socket.close();
      this.#socket = socket;
      return true;
    } catch {
      return false;
    }
  }
}

/** A line break would begin another assignment. */
function line(text: string): string {
  return text.replaceAll(/\s+/g, " ").slice(0, 200);
}
