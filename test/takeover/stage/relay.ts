import { existsSync, mkdirSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import {
  FdChannel,
  type Libc,
  type ReceiveResult,
  unixAddress,
  unixFamily,
} from "../../../ffi/mod.ts";

const stream = 1;
const nonBlocking = 0o4000;

/** Stands between two processes of a takeover, and keeps every byte that goes over either channel. */
export class Relay {
  readonly #pieces: Uint8Array[] = [];
  readonly #control: Server;
  readonly #listener: number;
  readonly #channel: FdChannel;
  /** The channel of descriptors: to the process that runs, and to the one that starts. */
  #ends: readonly [number, number] | undefined;
  /** Descriptors that have gone over. */
  descriptors = 0;

  private constructor(private readonly libc: Libc, folder: string, private readonly old: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#channel = new FdChannel(libc, 4096);
    this.#listener = libc.socket(unixFamily, stream | nonBlocking, 0);
    const address = unixAddress(join(folder, "takeover.fd.sock"));
    libc.bind(this.#listener, address, address.length);
    libc.listen(this.#listener, 4);
    this.#control = createServer((near) => this.#join(near));
    this.#control.listen(join(folder, "takeover.sock"));
  }

  /**
   * @param folder where the process that starts looks for an endpoint
   * @param old the endpoint of the process that runs
   */
  static async between(libc: Libc, folder: string, old: string): Promise<Relay> {
    const relay = new Relay(libc, folder, old);
    while (!existsSync(join(folder, "takeover.sock"))) await Bun.sleep(5);
    return relay;
  }

  /** All that was said so far, latin1, without what the wire puts between bytes of one text. */
  get heard(): string {
    return Buffer.concat(this.#pieces).toString("latin1");
  }

  close(): void {
    this.#control.close();
    for (const fd of [this.#listener, ...this.#ends ?? []]) this.libc.close(fd);
  }

  /** Descriptors are there before the message that speaks of them: they go on first. */
  #join(near: Socket): void {
    const far = connect(join(this.old, "takeover.sock"));
    const pipe = (from: Socket, to: Socket) => {
      from.on("data", (bytes: Buffer) => {
        this.#pieces.push(bytes);
        this.#carry();
        to.write(bytes);
      });
      from.on("end", () => to.end());
      from.on("error", () => to.destroy());
    };
    pipe(near, far);
    pipe(far, near);
  }

  #carry(): void {
    this.#ends ??= this.#connect();
    if (!this.#ends) return;
    const [far, near] = this.#ends;
    this.#pump(far, near);
    this.#pump(near, far);
  }

  #connect(): readonly [number, number] | undefined {
    const length = new Uint8Array(new ArrayBuffer(4));
    new DataView(length.buffer).setInt32(0, 128, true);
    const room = new Uint8Array(new ArrayBuffer(128));
    const near = this.libc.accept4(this.#listener, room, length, nonBlocking);
    if (near < 0) return undefined;
    const far = this.libc.socket(unixFamily, stream | nonBlocking, 0);
    const address = unixAddress(join(this.old, "takeover.fd.sock"));
    this.libc.connect(far, address, address.length);
    return [far, near];
  }

  #pump(from: number, to: number): void {
    let got: ReceiveResult;
    while ((got = this.#channel.receive(from)).kind === "received") {
      this.#pieces.push(got.data);
      this.descriptors += got.fds.length;
      this.#channel.send(to, got.fds, got.data);
      for (const fd of got.fds) this.libc.close(fd);
    }
  }
}
