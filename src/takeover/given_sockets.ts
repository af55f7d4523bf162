import { Buffer } from "node:buffer";
import { abstractAddress, ipv6Family, type Libc, unixFamily } from "../../ffi/mod.ts";
import type { BindPlan } from "../config/bind_plan.ts";
import type { Plan } from "../config/plan.ts";
import type { Address } from "../lang/address.ts";
import { nativeAddress } from "../net/native_socket.ts";
import { resolveHost } from "../net/resolve.ts";
import { boundAddress, socketNumber } from "../net/socket_facts.ts";
import type { Inheritance } from "../proxy/gateway.ts";
import type { GivenSocket } from "./socket_request.ts";

/** A given socket and what the kernel says of it. */
interface Candidate extends GivenSocket {
  readonly address: Buffer;
  readonly isStream: boolean;
  readonly transparent: boolean;
  readonly v6only: boolean;
}

const streamType = 1;

/**
 * Sockets of another process, of which each bind takes the one that listens where it wants to. They are
 * known by what the kernel says of them, as HAProxy does it: address, options, and by name the interface
 * and the namespace.
 */
export class GivenSockets implements Inheritance {
  readonly #free: Set<Candidate>;
  readonly listens = "at once";

  private constructor(
    private readonly libc: Libc,
    sockets: readonly GivenSocket[],
    private readonly hosts: ReadonlyMap<string, Address>,
  ) {
    this.#free = new Set(sockets.map((socket) => candidate(libc, socket)));
  }

  /** Looks up the names that the binds of a Plan have. */
  static async create(
    libc: Libc,
    sockets: readonly GivenSocket[],
    plan: Plan,
  ): Promise<GivenSockets> {
    const hosts = new Map<string, Address>();
    const binds = [
      ...plan.frontends.flatMap((frontend) => frontend.binds),
      ...plan.global.control.sockets.map(({ bind }) => bind),
    ];
    for (const { address } of binds) {
      if (address.kind !== "tcp" || hosts.has(address.host)) continue;
      const resolved = await resolveHost(address.host);
      if (resolved) hosts.set(address.host, resolved);
    }
    return new GivenSockets(libc, sockets, hosts);
  }

  socketOf(bind: BindPlan): number | undefined {
    for (const socket of this.#free) {
      if (!this.#fits(socket, bind)) continue;
      this.#free.delete(socket);
      return socket.fd;
    }
    return undefined;
  }

  /** Sockets tell no state. */
  learn(): void {}

  /** Closes what no bind took: clients would wait in their queues for nobody. */
  closeUnused(): readonly GivenSocket[] {
    const unused = [...this.#free];
    for (const { fd } of unused) this.libc.close(fd);
    this.#free.clear();
    return unused;
  }

  #fits(socket: Candidate, { address, socket: wanted }: BindPlan): boolean {
    if (!socket.isStream) return false;
    if (address.kind === "fd") return socket.inherited === address.fd;
    return socket.interface === (wanted.interface ?? "") &&
      socket.namespace === (wanted.namespace ?? "") &&
      socket.transparent === wanted.transparent &&
      this.#isAt(socket, address);
  }

  #isAt(socket: Candidate, address: Exclude<BindPlan["address"], { kind: "fd" }>): boolean {
    switch (address.kind) {
      case "tcp": {
        const host = this.hosts.get(address.host);
        if (!host) return false;
        const { family, bytes } = nativeAddress(host, address.port);
        const v6only = family === ipv6Family && address.v6only;
        return socket.v6only === v6only && socket.address.equals(bytes);
      }
      case "unix":
        return pathOf(socket.address) === address.path;
      case "abstract":
        return socket.address.equals(abstractAddress(address.name, address.form));
      default:
        return address satisfies never;
    }
  }
}

function candidate(libc: Libc, socket: GivenSocket): Candidate {
  const { fd } = socket;
  const address = Buffer.from(boundAddress(libc, fd));
  const isIpv6 = address.length >= 2 && address.readUInt16LE(0) === ipv6Family;
  const isUnix = address.length >= 2 && address.readUInt16LE(0) === unixFamily;
  const foreign = isIpv6
    ? ["ipv6Transparent", "ipv6FreeBind"] as const
    : ["ipTransparent", "ipFreeBind"] as const;
  return {
    ...socket,
    address,
    isStream: socketNumber(libc, fd, "type") === streamType,
    transparent: !isUnix && foreign.some((option) => socketNumber(libc, fd, option) === 1),
    v6only: isIpv6 && socketNumber(libc, fd, "ipv6Only") === 1,
  };
}

/** The path of a unix socket, without the name that it was bound under before it took its own. */
function pathOf(address: Buffer): string | undefined {
  if (address.length <= 2 || address.readUInt16LE(0) !== unixFamily || address[2] === 0) {
    return undefined;
  }
  const end = address.indexOf(0, 2);
  const path = address.toString("utf8", 2, end < 0 ? undefined : end);
  return path.replace(/\.[0-9]+\.tmp$/, "");
}
