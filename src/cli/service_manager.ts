import { Buffer } from "node:buffer";
import process from "node:process";
import { libc } from "../../ffi/mod.ts";
import { connectUnixDatagram } from "../net/unix_datagram.ts";

/** Tells a service manager how the service is, as sd_notify(3) does. */
export class ServiceManager {
  /** The one that NOTIFY_SOCKET names; undefined when nobody wants to know. */
  static of(environment: Readonly<Record<string, string | undefined>>): ServiceManager | undefined {
    const path = environment.NOTIFY_SOCKET;
    return path === undefined || path === "" ? undefined : new ServiceManager(path);
  }

  private constructor(private readonly path: string) {}

  ready(): Promise<void> {
    return this.#send(`READY=1\nMAINPID=${process.pid}\nSTATUS=Ready.\n`);
  }

  /** A reload begins; {@link ready} ends it. */
  reloading(): Promise<void> {
    const microseconds = process.hrtime.bigint() / 1000n;
    return this.#send(
      `RELOADING=1\nMONOTONIC_USEC=${microseconds}\nSTATUS=Reloading Configuration.\n`,
    );
  }

  /** A reload failed; the service goes on as it was. */
  reloadFailed(): Promise<void> {
    return this.#send(`READY=1\nMAINPID=${process.pid}\nSTATUS=Reload failed!\n`);
  }

  stopping(): Promise<void> {
    return this.#send("STOPPING=1\n");
  }

  /** A manager that can't be reached is no reason to stop serving. */
  async #send(state: string): Promise<void> {
    try {
      const socket = connectUnixDatagram(await libc(), this.path);
      socket.send(Buffer.from(state));
      socket.close();
    } catch {
      return;
    }
  }
}
