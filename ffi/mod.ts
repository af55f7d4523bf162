/**
 * Native calls that Bun and Deno don't offer themselves; nothing but the C library is called. Linux on
 * x86-64 and arm64, with glibc or musl.
 *
 * @module
 */
export { type Libc, libc, openedLibc } from "./libc.ts";
export { errorText, SystemCallError } from "./errno.ts";
export { internetAddress, ipv4Family, ipv6Family, portOf } from "./internet_address.ts";
export { abstractAddress, unixAddress, unixFamily } from "./unix_address.ts";
export { FdChannel, messageFdsMax, type ReceiveResult, type SendResult } from "./fd_message.ts";
export { monotonicMicros } from "./monotonic.ts";
export { recvFds, sendFds } from "./pass_fds.ts";
export { duplicate, type PeerCredentials, peerCredentials, socketPair } from "./unix_socket.ts";
export { type FdPassing, testFdPassing } from "./self_test.ts";
