import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import process from "node:process";

/** Where a running instance can be reached. */
export interface Endpoint {
  readonly folder: string;
  /** Messages. */
  readonly control: string;
  /** Descriptors. */
  readonly descriptors: string;
}

/** Descriptors of an endpoint's listening sockets. */
export interface EndpointSockets {
  readonly control: number;
  readonly descriptors: number;
}

/** What decides where an instance's endpoint is. */
export interface EndpointFacts {
  /** `--instance`, else it is named by its configuration files. */
  readonly instance: string | undefined;
  readonly files: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly uid: number;
}

/** An instance's endpoint, or why it can't have one. Nothing is made. */
export function endpointOf(facts: EndpointFacts): Endpoint | { readonly why: string } {
  const runtime = runtimeFolder(facts);
  if (runtime === undefined) {
    const why = "there is no folder for it: neither RUNTIME_DIRECTORY nor XDG_RUNTIME_DIR is set";
    return { why: why + rootsOwn(facts.uid) };
  }
  const instance = facts.instance ?? digestOf(facts.files);
  if (!/^[\w.-]{1,40}$/.test(instance) || /^\.+$/.test(instance)) {
    return { why: `'${instance}' is no name for an instance` };
  }
  const folder = join(runtime, instance);
  const control = join(folder, "takeover.sock");
  return { folder, control, descriptors: join(folder, "takeover.fd.sock") };
}

function runtimeFolder({ environment, uid }: EndpointFacts): string | undefined {
  const given = environment.RUNTIME_DIRECTORY?.split(":")[0];
  if (given) return given;
  if (uid === 0) return rootsFolder;
  const own = environment.XDG_RUNTIME_DIR;
  return own ? join(own, "sluice") : undefined;
}

const rootsFolder = "/run/sluice";

/** For who looks for a process in vain: one that root runs is found by root alone. "" where there is none. */
export function rootsOwn(uid: number): string {
  return uid !== 0 && ownerAt(rootsFolder) === 0
    ? `; processes that root runs (in ${rootsFolder}) are for root to ask`
    : "";
}

function ownerAt(path: string): number | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.uid;
  } catch {
    return undefined;
  }
}

/** Why a path can't be reached: what of it can be seen is another user's. "" where that is not why. */
export function whoseItIs(path: string, uid: number): string {
  if (uid === 0) return "";
  for (let at = resolve(path); at !== dirname(at); at = dirname(at)) {
    const owner = ownerAt(at);
    if (owner === undefined) continue;
    if (owner === uid) return "";
    return `: ${at} belongs to ${owner === 0 ? "root" : `user ${owner}`}`;
  }
  return "";
}

function digestOf(files: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(resolve(file) + "\0");
  return hash.digest("hex").slice(0, 16);
}

/**
 * Makes the folder, or takes that of a process that was killed; throws when it is there and not this
 * user's alone.
 */
export function makeFolder({ folder }: Endpoint, uid: number): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { mode, uid: owner } = lstatSync(folder);
  if (owner !== uid || (mode & 0o077) !== 0) {
    throw new Error(`${folder} is not this user's alone`);
  }
  // Killed before a socket had its name: the folder could never be removed again.
  for (const name of readdirSync(folder)) {
    const half = /^takeover(?:\.fd)?\.sock\.(\d+)\.tmp$/.exec(name);
    if (half && !isAlive(Number(half[1]))) rmSync(join(folder, name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/**
 * Whether nobody but a user, and root, can put anything into a folder: it is the user's alone, and
 * nobody else can rename what leads to it.
 */
export function isAlone(folder: string, uid: number): boolean {
  try {
    const { mode, uid: owner } = lstatSync(folder);
    if (owner !== uid || (mode & 0o077) !== 0) return false;
    for (let at = dirname(resolve(folder));; at = dirname(at)) {
      const { mode, uid: owner } = lstatSync(at);
      const isWritten = (mode & 0o022) !== 0 && (mode & stickyBit) === 0;
      if (isWritten || (owner !== uid && owner !== 0)) return false;
      if (at === dirname(at)) return true;
    }
  } catch {
    return false;
  }
}

const stickyBit = 0o1000;

/** Which sockets paths lead to, as far as this process can see them. */
export function inodesOf(endpoint: Endpoint): ReadonlyMap<string, number> {
  try {
    const paths = [endpoint.descriptors, endpoint.control];
    return new Map(paths.map((path) => [path, lstatSync(path).ino]));
  } catch {
    return new Map();
  }
}

/**
 * Whether another process has put its own sockets there. One that can't see the folder (`chroot`, `user`)
 * is replaced by nobody: whoever follows has its sockets.
 */
export function isReplaced({ folder }: Endpoint, inodes: ReadonlyMap<string, number>): boolean {
  try {
    lstatSync(folder);
    return isLost(inodes);
  } catch {
    return false;
  }
}

/** Whether some path leads elsewhere than it did, or nowhere. Only who sees the folder can know. */
export function isLost(inodes: ReadonlyMap<string, number>): boolean {
  return [...inodes].some(([path, inode]) => inodeOf(path) !== inode);
}

export function inodeOf(path: string): number | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.ino;
}

/** Removes sockets that are still those of `inodes`: a successor's must stay. */
export function removeOwn(endpoint: Endpoint, inodes: ReadonlyMap<string, number>): void {
  try {
    for (const [path, inode] of inodes) {
      if (inodeOf(path) === inode) rmSync(path, { force: true });
    }
    rmdirSync(endpoint.folder);
  } catch {
    // The folder is another process's by now, or gone.
  }
}
