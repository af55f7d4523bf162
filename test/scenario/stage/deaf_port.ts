import { dlopen, FFIType, ptr } from "bun:ffi";
import { freePort } from "../../support/free_port.ts";
import { Peer } from "./peer.ts";

const { symbols: libc } = dlopen("libc.so.6", {
  socket: { args: [FFIType.i32, FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  bind: { args: [FFIType.i32, FFIType.ptr, FFIType.i32], returns: FFIType.i32 },
  listen: { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  close: { args: [FFIType.i32], returns: FFIType.i32 },
});

const inet = 2;
const stream = 1;

/**
 * A port to which nobody can connect and which does not refuse either: it listens, its backlog is
 * full, and nobody accepts, so that the kernel leaves further connections unanswered.
 */
export class DeafPort {
  #fd: number;
  #filler: Peer | undefined;

  private constructor(readonly port: number) {
    this.#fd = libc.socket(inet, stream, 0);
    const address = new Uint8Array(16);
    new DataView(address.buffer).setUint16(0, inet, true);
    address.set([port >> 8, port & 255, 127, 0, 0, 1], 2);
    if (libc.bind(this.#fd, ptr(address), address.length) < 0 || libc.listen(this.#fd, 0) < 0) {
      libc.close(this.#fd);
      throw new Error(`Could not listen on port ${port}`);
    }
  }

  static async open(): Promise<DeafPort> {
    const deaf = new DeafPort(await freePort());
    deaf.#filler = await Peer.connect(deaf.port);
    return deaf;
  }

  close(): void {
    this.#filler?.close();
    libc.close(this.#fd);
  }
}
