import type { Libc } from "../../ffi/mod.ts";

/** `TCP_REPAIR`, `IP_TTL` and `IPV6_UNICAST_HOPS` of Linux: level and name. */
const repair = [6, 19] as const;
const hops = [[0, 2], [41, 16]] as const;

const int = (value: number) => new Uint8Array(new Int32Array([value]).buffer);
const one = int(1);

/**
 * Keeps a socket from telling its peer that it closes (`silent-drop`). Under repair the kernel forgets
 * a connection without a word, which takes CAP_NET_ADMIN; else its reset gets no further than to the
 * first router, or past as many as it is told (`rst-ttl`).
 */
export function silence(
  libc: Pick<Libc, "setsockopt">,
  fd: number,
  resetHops: number | undefined,
): void {
  if (resetHops === undefined && libc.setsockopt(fd, ...repair, one, one.length) === 0) return;
  const far = resetHops === undefined ? one : int(resetHops);
  for (const [level, name] of hops) libc.setsockopt(fd, level, name, far, far.length);
}
