import { type Libc, peerCredentials } from "../../ffi/mod.ts";
import type { Connection, ConnectionError, ConnectionHandler } from "../net/connection.ts";
import { connect } from "../net/open.ts";
import { ControlChannel } from "./control_channel.ts";
import { whoseItIs } from "./endpoint.ts";
import type { Gate } from "./fd_gate.ts";

/** A channel to a running instance, or why there is none. */
export type ControlOpening =
  | {
    readonly kind: "open";
    readonly channel: ControlChannel;
    /** The process that listens there; 0 for one of another namespace. */
    readonly pid: number;
  }
  /** Nobody listens there. */
  | { readonly kind: "nobody" }
  | { readonly kind: "failed"; readonly why: string };

/** Connects to the control socket of a running instance. */
export function openControl(libc: Libc, path: string, gate: Gate): Promise<ControlOpening> {
  return new Promise((resolve) => {
    const unreachable = () => {
      const whose = whoseItIs(path, libc.geteuid());
      resolve({ kind: "failed", why: `the running process can't be reached${whose}` });
    };
    connect({ kind: "unix", path }, new Opening(libc, gate, resolve, unreachable));
  });
}

class Opening implements ConnectionHandler {
  constructor(
    private readonly libc: Libc,
    private readonly gate: Gate,
    private readonly tell: (opening: ControlOpening) => void,
    private readonly unreachable: () => void,
  ) {}

  onOpen(connection: Connection): void {
    if (this.gate(this.libc, connection.fd)) {
      const { pid } = peerCredentials(this.libc, connection.fd);
      return this.tell({ kind: "open", channel: new ControlChannel(connection), pid });
    }
    connection.close();
    this.tell({ kind: "failed", why: "the running process is another user's" });
  }

  onData(): void {}
  onDrain(): void {}
  onEnd(): void {}

  onClose(error?: ConnectionError): void {
    if (error === "refused") this.tell({ kind: "nobody" });
    else this.unreachable();
  }
}
