import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { residentBytes } from "../../bench/process_stats.ts";
import type { Counts } from "./load.ts";

/** What a process holds. */
export interface Footprint {
  readonly pid: number;
  /** Descriptors by what they are; sockets by their ports. */
  readonly descriptors: Counts;
  /** Arguments and environment, which each process hands to the next. */
  readonly inheritedBytes: number;
  readonly residentBytes: number;
}

export function footprintOf(pid: number): Footprint {
  const inherited = ["cmdline", "environ"].map((name) => readFileSync(`/proc/${pid}/${name}`));
  return {
    pid,
    descriptors: descriptorsOf(pid),
    inheritedBytes: inherited.reduce((total, { length }) => total + length, 0),
    residentBytes: residentBytes(pid),
  };
}

function descriptorsOf(pid: number): Counts {
  const sockets = tcpSockets(pid);
  const counts: Counts = {};
  const folder = `/proc/${pid}/fd`;
  for (const fd of readdirSync(folder)) {
    const link = linkOf(`${folder}/${fd}`);
    if (link === undefined) continue;
    const [type, inode] = link.split(":[");
    const what = sockets.get(Number.parseInt(inode ?? "")) ?? (inode ? type! : link);
    counts[what] = (counts[what] ?? 0) + 1;
  }
  return counts;
}

/** Undefined for one that was closed meanwhile. */
function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** What each TCP socket is, by its inode. */
function tcpSockets(pid: number): Map<number, string> {
  const [, ...lines] = readFileSync(`/proc/${pid}/net/tcp`, "latin1").trim().split("\n");
  const sockets = lines.map((line) => {
    const fields = line.trim().split(/\s+/);
    const [own, other] = [portOf(fields[1]!), portOf(fields[2]!)];
    return { own, other, inode: Number(fields[9]) };
  });
  const listening = new Set(sockets.filter(({ other }) => other === 0).map(({ own }) => own));
  return new Map(sockets.map(({ own, other, inode }) => {
    if (other === 0) return [inode, `listens at ${own}`];
    return [inode, listening.has(own) ? `client at ${own}` : toServer(other)];
  }));
}

/** What a connection to a server is called. */
export function toServer(port: number): string {
  return `to server ${port}`;
}

function portOf(address: string): number {
  return Number.parseInt(address.split(":")[1]!, 16);
}
