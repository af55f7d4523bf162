import type { Libc } from "../../ffi/mod.ts";

/** `TCP_REPAIR`, `IP_TTL` and `IPV6_UNICAST_HOPS` of Linux: level and name. */
const repair = [6, 19] as const;
const hops = [[0, 2], [41, 16]] as const;

const one = new Uint8Array(new Int32Array([1]).buffer);

/**
 * Keeps a socket from telling its peer that it closes (`silent-drop`). Under repair the kernel forgets
 * a connection without a word, which takes CAP_NET_ADMIN; else its reset gets no further than to the
 * first router.
 */
export function silence(libc: Libc, fd: number): void {
  if (libc.setsockopt(fd, ...repair, one, one.length) === 0) return;
  for (const [level, name] of hops) libc.setsockopt(fd, level, name, one, one.length);
}
