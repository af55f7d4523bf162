import { FdChannel } from "./fd_message.ts";
import type { Libc } from "./libc.ts";
import { peerCredentials, socketPair } from "./unix_socket.ts";

/** Whether descriptors can be passed here. */
export type FdPassing = { readonly works: true } | { readonly works: false; readonly why: string };

/**
 * Passes a descriptor to itself and looks at what comes out: structures that do not fit this
 * platform, or a sandbox that forbids it, show here instead of in a takeover.
 */
export function testFdPassing(libc: Libc): FdPassing {
  const open: number[] = [];
  try {
    const pair = socketPair(libc);
    const passed = socketPair(libc);
    open.push(...pair, ...passed);
    return passAround(libc, pair, passed, open);
  } catch (error) {
    return { works: false, why: error instanceof Error ? error.message : String(error) };
  } finally {
    for (const fd of open) libc.close(fd);
  }
}

function passAround(
  libc: Libc,
  pair: readonly [number, number],
  passed: readonly [number, number],
  open: number[],
): FdPassing {
  const channel = new FdChannel(libc, 64);
  const sent = channel.send(pair[0], [passed[0]], new Uint8Array([83]));
  // It is the user's other descriptors on their way that leave no room, for now.
  if (sent.kind === "failed" && sent.error.code === "ETOOMANYREFS") return { works: true };
  if (sent.kind !== "sent") return { works: false, why: "a descriptor could not be sent" };
  const got = channel.receive(pair[1]);
  if (got.kind !== "received") return { works: false, why: "a descriptor did not arrive" };
  open.push(...got.fds);
  const [copy] = got.fds;
  if (got.fds.length !== 1 || copy === undefined || got.data[0] !== 83) {
    return { works: false, why: "what arrived is not what was sent" };
  }
  // What is said into the copy must come out at the other end of the pair that was passed.
  const told = channel.send(copy, [], new Uint8Array([42]));
  const heard = channel.receive(passed[1]);
  if (told.kind !== "sent" || heard.kind !== "received" || heard.data[0] !== 42) {
    return { works: false, why: "the descriptor that arrived is another one" };
  }
  const { uid } = peerCredentials(libc, pair[0]);
  if (uid !== libc.geteuid()) return { works: false, why: "the peer's user is not told right" };
  return { works: true };
}
