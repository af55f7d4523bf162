import { plainSocket } from "../config/bind_plan.ts";
import type { Libc } from "../../ffi/mod.ts";
import { type Accept, bind, type Listener } from "../net/open.ts";
import {
  type Endpoint,
  type EndpointSockets,
  inodeOf,
  inodesOf,
  isLost,
  isReplaced,
  makeFolder,
  removeOwn,
} from "./endpoint.ts";
import { openControl } from "./control_connect.ts";
import { waitingMax } from "./fd_gate.ts";
import type { EndpointSocket, GivenEndpoint } from "./hand_over.ts";

const socketOptions = {
  backlog: waitingMax,
  reusePort: false,
  socket: plainSocket,
};

/** The sockets by which a process is found: it has made them, or goes on with those of the one before. */
export class OpenEndpoint {
  #inodes: ReadonlyMap<string, number> = new Map();
  /** It was the process's before, and is its again if this one is sent back. */
  #isGiven = false;
  #isClosed = false;
  #control: Listener | undefined;
  #descriptors: Listener | undefined;

  /** @param accept is told of who comes to say something */
  constructor(
    private readonly libc: Libc,
    private readonly endpoint: Endpoint,
    private readonly accept: Accept,
  ) {}

  /**
   * Makes the sockets, in place of those of a process before, or goes on with those. Throws when it
   * can't.
   */
  async open(given?: EndpointSockets): Promise<void> {
    const { endpoint, libc } = this;
    if (!given) makeFolder(endpoint, libc.geteuid());
    this.#isGiven = given !== undefined;
    const at = (socket: EndpointSocket) => ({
      ...socketOptions,
      address: {
        kind: "unix" as const,
        path: endpoint[socket],
        mode: 0o600,
        uid: undefined,
        gid: undefined,
      },
      inherited: given?.[socket],
    });
    // Only native calls read from this one: the runtime would lose the descriptors.
    this.#descriptors = await bind(at("descriptors"), () => undefined);
    this.#control = await bind(at("control"), this.accept);
    await this.#control.accept();
    this.#inodes = inodesOf(endpoint);
  }

  /** Where the channel of descriptors is connected; -1 once it is closed. */
  get descriptors(): number {
    return this.#descriptors?.fd ?? -1;
  }

  /**
   * For a process that goes on with the sockets.
   *
   * @param lastId of the other sockets that it gets
   */
  give(lastId: number): GivenEndpoint {
    const plain = { interface: "", namespace: "", inherited: undefined };
    const fd = this.#control?.fd ?? -1;
    return {
      sockets: [
        { ...plain, id: lastId + 1, fd, endpoint: "control" },
        { ...plain, id: lastId + 2, fd: this.descriptors, endpoint: "descriptors" },
      ],
      rest: () => this.#control?.rest(),
    };
  }

  /** A successor that has failed at the very end had the sockets, or had taken their place. Throws when it can't. */
  async reclaim(): Promise<void> {
    if (!isReplaced(this.endpoint, this.#inodes)) return await this.#control?.accept();
    this.#stop();
    await this.open();
  }

  /** Another process has put its own sockets there. */
  get isHidden(): boolean {
    return isReplaced(this.endpoint, this.#inodes);
  }

  /**
   * Where the endpoint leads to. One that leads nowhere any more is made again; one that is another
   * process's, and be it another user's, is left to it. Throws when it can't be made. For who sees the file
   * system in which it was made.
   */
  async find(): Promise<"here" | "another's"> {
    const { endpoint } = this;
    const isOpen = this.#control !== undefined;
    if (isOpen && !isLost(this.#inodes)) return "here";
    // What leads here was lost in part, and is nobody else's.
    const isOwn = isOpen && inodeOf(endpoint.control) === this.#inodes.get(endpoint.control);
    if (!isOwn) {
      const opening = await openControl(this.libc, endpoint.control, () => true);
      if (opening.kind === "failed") throw new Error(opening.why);
      if (opening.kind === "open") {
        opening.channel.close();
        return "another's";
      }
    }
    if (this.#isClosed) return "here";
    this.#stop();
    await this.open();
    return "here";
  }

  /** @param left whether another process goes on with it, or nobody; `sent back`: the one before, if it was its */
  close(left: "removed" | "kept" | "sent back"): void {
    this.#isClosed = true;
    this.#stop();
    const isNobodys = left === "removed" || (left === "sent back" && !this.#isGiven);
    if (isNobodys && this.#inodes.size > 0) removeOwn(this.endpoint, this.#inodes);
  }

  #stop(): void {
    this.#control?.stop();
    this.#descriptors?.stop();
  }
}
