import { Buffer } from "node:buffer";
import process from "node:process";
import type { Libc } from "../../ffi/mod.ts";
import type { ProcessPlan } from "../config/plan.ts";

/** Something of `chroot`, `user` or `group` could not be done; the message is HAProxy's. */
export class ConfinementError extends Error {
  override name = "ConfinementError";
}

/** Whether a process gives up what it would need to bind or read once more. */
export function isConfined({ chroot, uid, gid }: ProcessPlan): boolean {
  return chroot !== undefined || uid !== undefined || gid !== undefined;
}

/** Gives up the file system, the groups and the user, in HAProxy's order. */
export function confine(libc: Libc, { chroot, uid, gid }: ProcessPlan): void {
  if (chroot !== undefined) {
    if (libc.chroot(Buffer.from(`${chroot}\0`)) < 0) {
      throw new ConfinementError(`[haproxy.main()] Cannot chroot(${chroot}).`);
    }
    process.chdir("/");
  }
  if (gid !== undefined) become("gid", gid);
  if (uid !== undefined) become("uid", uid);
}

function become(kind: "uid" | "gid", number: number): void {
  try {
    if (!process.setgid || !process.setuid || !process.setgroups) throw new Error("not there");
    if (kind === "uid") return process.setuid(number);
    if (process.getuid?.() === 0) process.setgroups([]);
    process.setgid(number);
  } catch {
    throw new ConfinementError(`[haproxy.main()] Cannot set ${kind} ${number}.`);
  }
}

const openFiles = 7;

/** `ulimit-n`; false when the system refuses. */
export function limitDescriptors(libc: Libc, count: number): boolean {
  return libc.setrlimit(
    openFiles,
    new Uint8Array(BigUint64Array.of(BigInt(count), BigInt(count)).buffer),
  ) === 0;
}

const parentDeathSignal = 1;
const killed = 15;

/** Ends this process when its parent ends, however that comes about. */
export function endWithParent(libc: Libc): void {
  libc.prctl(parentDeathSignal, killed);
}
