import { duplicate, type Libc, libc } from "../../ffi/mod.ts";
import type { Plan } from "../config/plan.ts";
import { boundInterface } from "../net/socket_facts.ts";
import { GivenSockets } from "../takeover/given_sockets.ts";
import type { ServiceSocket } from "./listen_fds.ts";

const getDescriptorFlags = 1;

/** Names under which this program has its own listening sockets kept begin with it. */
export const storedPrefix = "sluice-";

/** The sockets that a service manager has passed, for as long as this process may need them. */
export class ServiceSockets {
  /** Those that no bind of the configuration listens on. */
  unused: readonly ServiceSocket[] = [];

  /** @param named as {@link takeServiceSockets} has found them */
  static async of(named: readonly ServiceSocket[]): Promise<ServiceSockets> {
    if (named.length === 0) return new ServiceSockets(undefined, []);
    const native = await libc();
    return new ServiceSockets(native, named.filter(({ fd }) => isOpen(native, fd)));
  }

  private constructor(
    private readonly native: Libc | undefined,
    public all: readonly ServiceSocket[],
  ) {}

  /**
   * The sockets for the binds of a Plan, by number (`fd@N`) or by where they listen; undefined when there
   * is none. Binds get duplicates: the manager listens on as long as the service is there, and so does
   * this process, for a configuration to come.
   */
  async offer(plan: Plan): Promise<GivenSockets | undefined> {
    const { native, all } = this;
    if (!native || all.length === 0) return undefined;
    const given = all.map(({ fd }) => ({
      fd: duplicate(native, fd),
      inherited: fd,
      interface: boundInterface(native, fd),
      namespace: "",
    }));
    return await GivenSockets.create(native, given, plan);
  }

  /**
   * The configuration is live, or was refused. What it has not taken stays for the next one, unless it
   * was this program's: nobody else would listen on it, and clients would wait in vain.
   */
  settle(given: GivenSockets): void {
    const left = new Set(given.closeUnused().map(({ inherited }) => inherited));
    const isStored = ({ name }: ServiceSocket) => name.startsWith(storedPrefix);
    for (const { fd } of this.all.filter(isStored)) this.native?.close(fd);
    this.all = this.all.filter((socket) => !isStored(socket));
    this.unused = this.all.filter(({ fd }) => left.has(fd));
  }
}

function isOpen(native: Libc, fd: number): boolean {
  return native.fcntl(fd, getDescriptorFlags, 0) >= 0;
}
