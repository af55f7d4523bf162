/**
 * The C library as this project calls it: one table of symbols, opened by whichever runtime is
 * there. Numbers are C integers; `pointer` is the address of a byte array that the caller keeps.
 */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  connect(fd: number, address: Uint8Array, length: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  listen(fd: number, backlog: number): number;
  /** `length` is a native i32: the room in `address`, then what was written. */
  accept4(fd: number, address: Uint8Array, length: Uint8Array, flags: number): number;
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number;
  /** `length` is a native i32: the room in `value`, then what was written. */
  getsockopt(
    fd: number,
    level: number,
    name: number,
    value: Uint8Array,
    length: Uint8Array,
  ): number;
  getsockname(fd: number, address: Uint8Array, length: Uint8Array): number;
  getpeername(fd: number, address: Uint8Array, length: Uint8Array): number;
  setns(fd: number, type: number): number;
  fcntl(fd: number, command: number, argument: number): number;
  dup2(from: number, to: number): number;
  shutdown(fd: number, how: number): number;
  chroot(path: Uint8Array): number;
  setrlimit(resource: number, limit: Uint8Array): number;
  prctl(option: number, argument: number): number;
  /** `info` takes a `siginfo_t`, 128 bytes. */
  waitid(kind: number, id: number, info: Uint8Array, options: number): number;
  /** `time` takes a `struct timespec`: two native i64, seconds and nanoseconds. */
  clock_gettime(clock: number, time: Uint8Array): number;
  send(fd: number, bytes: Uint8Array, length: number, flags: number): number;
  /** `send` of `length` bytes from `at` on. */
  sendAt(fd: number, bytes: Uint8Array, at: number, length: number, flags: number): number;
  recv(fd: number, bytes: Uint8Array, length: number, flags: number): number;
  epoll_create1(flags: number): number;
  /** `event` takes a `struct epoll_event`. */
  epoll_ctl(epoll: number, operation: number, fd: number, event: Uint8Array): number;
  /** `events` has room for `count` of them. */
  epoll_wait(epoll: number, events: Uint8Array, count: number, timeoutMs: number): number;
  /** `message` begins with a `struct msghdr`. */
  sendmsg(fd: number, message: Uint8Array, flags: number): number;
  recvmsg(fd: number, message: Uint8Array, flags: number): number;
  /** Two connected sockets; `fds` takes two native i32. */
  socketpair(domain: number, type: number, protocol: number, fds: Uint8Array): number;
  /** F_DUPFD_CLOEXEC and other commands whose argument is a number. */
  geteuid(): number;
  close(fd: number): number;
  /** Where bytes lie in memory. It holds for explicit ArrayBuffers, which do not move. */
  addressOf(bytes: Uint8Array): bigint;
  /** The calling thread's errno, read right after a call that failed. */
  errno(): number;
}

/** Argument and result types, in the words that the runtimes share after translation. */
type Kind = "i32" | "usize" | "isize" | "buffer" | "pointer";

const symbols = {
  socket: { args: ["i32", "i32", "i32"], result: "i32" },
  connect: { args: ["i32", "buffer", "i32"], result: "i32" },
  bind: { args: ["i32", "buffer", "i32"], result: "i32" },
  listen: { args: ["i32", "i32"], result: "i32" },
  accept4: { args: ["i32", "buffer", "buffer", "i32"], result: "i32" },
  setsockopt: { args: ["i32", "i32", "i32", "buffer", "i32"], result: "i32" },
  getsockopt: { args: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  getsockname: { args: ["i32", "buffer", "buffer"], result: "i32" },
  getpeername: { args: ["i32", "buffer", "buffer"], result: "i32" },
  setns: { args: ["i32", "i32"], result: "i32" },
  fcntl: { args: ["i32", "i32", "i32"], result: "i32" },
  dup2: { args: ["i32", "i32"], result: "i32" },
  shutdown: { args: ["i32", "i32"], result: "i32" },
  chroot: { args: ["buffer"], result: "i32" },
  setrlimit: { args: ["i32", "buffer"], result: "i32" },
  prctl: { args: ["i32", "i32"], result: "i32" },
  waitid: { args: ["i32", "i32", "buffer", "i32"], result: "i32" },
  clock_gettime: { args: ["i32", "buffer"], result: "i32" },
  send: { args: ["i32", "buffer", "usize", "i32"], result: "isize" },
  recv: { args: ["i32", "buffer", "usize", "i32"], result: "isize" },
  epoll_create1: { args: ["i32"], result: "i32" },
  epoll_ctl: { args: ["i32", "i32", "i32", "buffer"], result: "i32" },
  epoll_wait: { args: ["i32", "buffer", "i32", "i32"], result: "i32" },
  sendmsg: { args: ["i32", "buffer", "i32"], result: "isize" },
  recvmsg: { args: ["i32", "buffer", "i32"], result: "isize" },
  socketpair: { args: ["i32", "i32", "i32", "buffer"], result: "i32" },
  geteuid: { args: [], result: "i32" },
  close: { args: ["i32"], result: "i32" },
  __errno_location: { args: [], result: "pointer" },
} as const satisfies Record<string, { args: readonly Kind[]; result: Kind }>;

/** Where the C library is found: glibc's name, then musl's. */
const names = ["libc.so.6", `libc.musl-${machine()}.so.1`, "libc.so"];

let opened: Libc | undefined;

/** Opens the C library at the first call. Throws on platforms other than Linux. */
export async function libc(): Promise<Libc> {
  return opened ??= typeof Bun === "undefined" ? openDeno() : await openBun();
}

/** The C library when it was opened already, for calls that can't wait. */
export function openedLibc(): Libc | undefined {
  return opened;
}

function machine(): string {
  const { arch } = (globalThis as { process?: { arch?: string } }).process ?? {};
  return arch === "arm64" ? "aarch64" : "x86_64";
}

async function openBun(): Promise<Libc> {
  // A static import of "bun:ffi" would keep Deno from loading this file.
  const { dlopen, ptr, read } = await import("bun:ffi");
  const types = {
    i32: "i32",
    usize: "u64",
    isize: "i64_fast",
    buffer: "ptr",
    pointer: "ptr",
  } as const;
  const table = Object.fromEntries(
    Object.entries(symbols).map(([name, { args, result }]) => [
      name,
      { args: args.map((kind) => types[kind]), returns: types[result] },
    ]),
  );
  const lib = firstOf((name) => dlopen(name, table as never)) as {
    symbols: Record<keyof typeof symbols, (...args: (number | bigint)[]) => number>;
  };
  const { symbols: calls } = lib;
  return {
    socket: calls.socket,
    connect: (fd, address, length) => calls.connect(fd, ptr(address), length),
    bind: (fd, address, length) => calls.bind(fd, ptr(address), length),
    listen: calls.listen,
    accept4: (fd, address, length, flags) => calls.accept4(fd, ptr(address), ptr(length), flags),
    setsockopt: (fd, level, name, value, length) =>
      calls.setsockopt(fd, level, name, ptr(value), length),
    getsockopt: (fd, level, name, value, length) =>
      calls.getsockopt(fd, level, name, ptr(value), ptr(length)),
    getsockname: (fd, address, length) => calls.getsockname(fd, ptr(address), ptr(length)),
    getpeername: (fd, address, length) => calls.getpeername(fd, ptr(address), ptr(length)),
    setns: calls.setns,
    fcntl: calls.fcntl,
    dup2: calls.dup2,
    shutdown: calls.shutdown,
    chroot: (path) => calls.chroot(ptr(path)),
    setrlimit: (resource, limit) => calls.setrlimit(resource, ptr(limit)),
    prctl: calls.prctl,
    waitid: (kind, id, info, options) => calls.waitid(kind, id, ptr(info), options),
    clock_gettime: (clock, time) => calls.clock_gettime(clock, ptr(time)),
    send: (fd, bytes, length, flags) => calls.send(fd, ptr(bytes), length, flags),
    sendAt: (fd, bytes, at, length, flags) => calls.send(fd, ptr(bytes, at), length, flags),
    recv: (fd, bytes, length, flags) => calls.recv(fd, ptr(bytes), length, flags),
    epoll_create1: calls.epoll_create1,
    epoll_ctl: (epoll, operation, fd, event) => calls.epoll_ctl(epoll, operation, fd, ptr(event)),
    epoll_wait: (epoll, events, count, ms) => calls.epoll_wait(epoll, ptr(events), count, ms),
    sendmsg: (fd, message, flags) => calls.sendmsg(fd, ptr(message), flags),
    recvmsg: (fd, message, flags) => calls.recvmsg(fd, ptr(message), flags),
    socketpair: (domain, type, protocol, fds) => calls.socketpair(domain, type, protocol, ptr(fds)),
    geteuid: () => calls.geteuid(),
    close: calls.close,
    addressOf: (bytes) => BigInt(ptr(bytes)),
    errno: () => read.i32(calls.__errno_location() as never, 0),
  };
}

/** The part of Deno's FFI that is used here; its own types are not there under Bun. */
interface DenoFfi {
  dlopen(name: string, table: unknown): {
    symbols: Record<string, (...args: unknown[]) => unknown>;
  };
  UnsafePointer: { of(bytes: Uint8Array): unknown; value(pointer: unknown): bigint | number };
  UnsafePointerView: new (pointer: unknown) => { getInt32(offset?: number): number };
}

function openDeno(): Libc {
  const deno = (globalThis as { Deno?: DenoFfi }).Deno;
  if (!deno) throw new Error("Native calls need Bun or Deno");
  const table = Object.fromEntries(
    Object.entries(symbols).map(([name, { args, result }]) => [name, { parameters: args, result }]),
  );
  const { symbols: calls } = firstOf((name) => deno.dlopen(name, table));
  const call = (name: keyof typeof symbols) => (...args: (number | Uint8Array)[]) =>
    Number(calls[name]!(...args));
  return {
    socket: call("socket"),
    connect: call("connect"),
    bind: call("bind"),
    listen: call("listen"),
    accept4: call("accept4"),
    setsockopt: call("setsockopt"),
    getsockopt: call("getsockopt"),
    getsockname: call("getsockname"),
    getpeername: call("getpeername"),
    setns: call("setns"),
    fcntl: call("fcntl"),
    dup2: call("dup2"),
    shutdown: call("shutdown"),
    chroot: call("chroot"),
    setrlimit: call("setrlimit"),
    prctl: call("prctl"),
    waitid: call("waitid"),
    clock_gettime: call("clock_gettime"),
    send: (fd, bytes, length, flags) => Number(calls.send!(fd, bytes, BigInt(length), flags)),
    sendAt: (fd, bytes, at, length, flags) =>
      Number(calls.send!(fd, bytes.subarray(at), BigInt(length), flags)),
    recv: (fd, bytes, length, flags) => Number(calls.recv!(fd, bytes, BigInt(length), flags)),
    epoll_create1: call("epoll_create1"),
    epoll_ctl: call("epoll_ctl"),
    epoll_wait: call("epoll_wait"),
    sendmsg: call("sendmsg"),
    recvmsg: call("recvmsg"),
    socketpair: call("socketpair"),
    geteuid: call("geteuid"),
    close: call("close"),
    addressOf: (bytes) => BigInt(deno.UnsafePointer.value(deno.UnsafePointer.of(bytes))),
    errno: () => new deno.UnsafePointerView(calls.__errno_location!()).getInt32(),
  };
}

function firstOf<T>(open: (name: string) => T): T {
  let failure: unknown;
  for (const name of names) {
    try {
      return open(name);
    } catch (error) {
      failure = error;
    }
  }
  throw new Error("The C library can't be opened here", { cause: failure });
}
