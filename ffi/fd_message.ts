import { type Libc } from "./libc.ts";
import { SystemCallError } from "./errno.ts";

/** Most descriptors of one message: Linux takes 253, musl's wrappers 252. */
export const messageFdsMax = 250;

/** Whatever another program sends has to fit: Linux' own limit (SCM_MAX_FD). */
const receivedFdsMax = 253;

/** What {@link FdChannel.send} came to. */
export type SendResult =
  /** So many bytes of the data went out, and all descriptors with the first of them. */
  | { readonly kind: "sent"; readonly bytes: number }
  /** The socket takes nothing now. */
  | { readonly kind: "full" }
  | { readonly kind: "failed"; readonly error: SystemCallError };

/** What {@link FdChannel.receive} came to. Descriptors belong to the caller, who closes them. */
export type ReceiveResult =
  | { readonly kind: "received"; readonly data: Uint8Array; readonly fds: readonly number[] }
  /** Nothing is there now. */
  | { readonly kind: "empty" }
  /** The peer has closed its side. */
  | { readonly kind: "ended" }
  /** The kernel dropped descriptors that found no room (RLIMIT_NOFILE); those that came are closed. */
  | { readonly kind: "truncated" }
  | { readonly kind: "failed"; readonly error: SystemCallError };

/** Numbers of Linux, the same on x86-64 and arm64. */
const solSocket = 1;
const scmRights = 1;
const msgDontWait = 0x40;
const msgNoSignal = 0x4000;
const msgCmsgCloexec = 0x40000000;
const msgCtrunc = 0x8;
const eagain = 11;
const eintr = 4;

/**
 * `struct msghdr`, `struct iovec` and `struct cmsghdr` of 64-bit Linux. glibc and musl agree on them:
 * where musl has an int and padding, the upper half of glibc's size_t is zero.
 */
const layout = {
  header: 0,
  name: 0,
  nameLength: 8,
  vector: 16,
  vectorLength: 24,
  control: 32,
  controlLength: 40,
  flags: 48,
  headerBytes: 56,
  vectorBytes: 16,
  controlHeaderBytes: 16,
} as const;

const fdBytes = 4;
const controlBytesMax = layout.controlHeaderBytes + fdBytes * receivedFdsMax;
const vectorAt = layout.headerBytes;
const controlAt = vectorAt + layout.vectorBytes;
const dataAt = align(controlAt + controlBytesMax);

function align(bytes: number): number {
  return (bytes + 7) & ~7;
}

/**
 * Sends and receives open descriptors beside bytes over unix stream sockets (SCM_RIGHTS). The
 * structures lie in one arena whose address never changes. A socket that carries descriptors must not
 * be read by the runtime: a plain read of a byte destroys what came with it.
 */
export class FdChannel {
  readonly #arena: ArrayBuffer;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #address: bigint;

  /** @param dataBytesMax most bytes of data in one call */
  constructor(private readonly libc: Libc, readonly dataBytesMax = 65536) {
    this.#arena = new ArrayBuffer(dataAt + dataBytesMax);
    this.#bytes = new Uint8Array(this.#arena);
    this.#view = new DataView(this.#arena);
    this.#address = libc.addressOf(this.#bytes);
  }

  /**
   * Sends descriptors with at least one byte of data, without waiting.
   *
   * @param fds at most {@link messageFdsMax}; they stay the caller's
   * @throws RangeError when there are too many, or no data to carry them
   */
  send(socket: number, fds: readonly number[], data: Uint8Array): SendResult {
    if (fds.length > messageFdsMax) {
      throw new RangeError(`A message carries at most ${messageFdsMax} descriptors`);
    }
    if (data.length === 0) throw new RangeError("Descriptors need a byte of data to travel with");
    const length = Math.min(data.length, this.dataBytesMax);
    this.#bytes.set(length < data.length ? data.subarray(0, length) : data, dataAt);
    const controlLength = fds.length === 0 ? 0 : layout.controlHeaderBytes + fds.length * fdBytes;
    this.#writeHeader(length, align(controlLength));
    if (controlLength > 0) this.#writeControl(controlLength, fds);
    const sent = this.#retry(() =>
      this.libc.sendmsg(socket, this.#bytes, msgDontWait | msgNoSignal)
    );
    if (sent.result >= 0) return { kind: "sent", bytes: sent.result };
    return sent.errno === eagain
      ? { kind: "full" }
      : { kind: "failed", error: new SystemCallError("sendmsg", sent.errno) };
  }

  /** Receives what is there, without waiting; descriptors come close-on-exec. */
  receive(socket: number, dataBytesMax = this.dataBytesMax): ReceiveResult {
    this.#writeHeader(Math.min(dataBytesMax, this.dataBytesMax), align(controlBytesMax));
    const flags = msgDontWait | msgCmsgCloexec;
    const got = this.#retry(() => this.libc.recvmsg(socket, this.#bytes, flags));
    if (got.result < 0) {
      return got.errno === eagain
        ? { kind: "empty" }
        : { kind: "failed", error: new SystemCallError("recvmsg", got.errno) };
    }
    const fds = this.#readControl();
    if ((this.#view.getInt32(layout.flags, true) & msgCtrunc) !== 0) {
      for (const fd of fds) this.libc.close(fd);
      return { kind: "truncated" };
    }
    if (got.result === 0) return { kind: "ended" };
    return { kind: "received", data: this.#bytes.slice(dataAt, dataAt + got.result), fds };
  }

  /** A signal may interrupt the call before it did anything. */
  #retry(call: () => number): { result: number; errno: number } {
    for (;;) {
      const result = call();
      const errno = result < 0 ? this.libc.errno() : 0;
      if (errno !== eintr) return { result, errno };
    }
  }

  #writeHeader(dataLength: number, controlLength: number): void {
    const view = this.#view;
    view.setBigUint64(layout.name, 0n, true);
    view.setBigUint64(layout.nameLength, 0n, true);
    view.setBigUint64(layout.vector, this.#address + BigInt(vectorAt), true);
    view.setBigUint64(layout.vectorLength, 1n, true);
    view.setBigUint64(
      layout.control,
      controlLength === 0 ? 0n : this.#address + BigInt(controlAt),
      true,
    );
    view.setBigUint64(layout.controlLength, BigInt(controlLength), true);
    view.setInt32(layout.flags, 0, true);
    view.setBigUint64(vectorAt, this.#address + BigInt(dataAt), true);
    view.setBigUint64(vectorAt + 8, BigInt(dataLength), true);
  }

  #writeControl(length: number, fds: readonly number[]): void {
    const view = this.#view;
    view.setBigUint64(controlAt, BigInt(length), true);
    view.setInt32(controlAt + 8, solSocket, true);
    view.setInt32(controlAt + 12, scmRights, true);
    fds.forEach((fd, i) => {
      view.setInt32(controlAt + layout.controlHeaderBytes + i * fdBytes, fd, true);
    });
  }

  #readControl(): number[] {
    const view = this.#view;
    const fds: number[] = [];
    const filled = Number(view.getBigUint64(layout.controlLength, true));
    let at = controlAt;
    while (at + layout.controlHeaderBytes <= controlAt + filled) {
      const length = Number(view.getBigUint64(at, true));
      if (length < layout.controlHeaderBytes) break;
      const rights = view.getInt32(at + 8, true) === solSocket &&
        view.getInt32(at + 12, true) === scmRights;
      for (let fd = at + layout.controlHeaderBytes; rights && fd < at + length; fd += fdBytes) {
        fds.push(view.getInt32(fd, true));
      }
      at += align(length);
    }
    return fds;
  }
}
