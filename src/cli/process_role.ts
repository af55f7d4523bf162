import { spawn } from "node:child_process";
import { readdirSync, readlinkSync, writeSync } from "node:fs";
import process from "node:process";
import type { Duplex } from "node:stream";
import { type ServiceSocket, takeServiceSockets } from "./listen_fds.ts";
import { noteOwnProgram, ownCommand } from "./own_program.ts";
import { type ParentRequest, readParentRequest } from "./parent_request.ts";

/** What a process of this program is to another one that started it. */
export type Role =
  | { readonly kind: "first" }
  /** Serves in the background; its parent waits for the word on `channel`. */
  | { readonly kind: "daemon"; readonly channel: number }
  /** Takes over from the process that started it, and goes on without it. */
  | {
    readonly kind: "successor";
    readonly detached: boolean;
    /** The process that has asked for this one; undefined where that is an older program. */
    readonly follows?: number;
  }
  /** Serves for a master. */
  | {
    readonly kind: "worker";
    readonly channel: number;
    /** The worker that this one takes over from. */
    readonly replaces?: number;
    /** The worker that has asked for this one to take over. */
    readonly follows?: number | undefined;
    /** Its master is a daemon. */
    readonly detached: boolean;
  };

/** Whether a process goes on in the background, without who has started the first one. */
export function isDetached(role: Role): boolean {
  switch (role.kind) {
    case "first":
      return false;
    case "daemon":
      return true;
    case "successor":
    case "worker":
      return role.detached;
  }
}

/** The process that a successor was asked for by; undefined for what is none. */
export function followedBy(role: Role): number | undefined {
  return "follows" in role ? role.follows : undefined;
}

/** What a started process says on its channel. */
export type Word =
  | "ready"
  /** As `ready`, but it gave up what reading the configuration again could need. */
  | "ready-confined"
  | "reloaded"
  | "refused"
  /** It gave up what reloading takes, and serves on: another one is to do it. */
  | "anew"
  /** The configuration wants a daemon. */
  | "daemon";

/** What a master says to the worker that has asked for a successor, a line of JSON each. */
export type Answer =
  | { readonly kind: "started"; readonly pid: number }
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "ended"; readonly pid: number; readonly how: string };

const variable = "SLUICE_ROLE";

/** What the process that started this one tells it. */
interface Start {
  readonly role: Role;
  readonly serviceSockets: readonly ServiceSocket[];
}

/**
 * The role that this process was started in, and the sockets that a service manager has passed to the
 * first one. The variables are taken away: no other child inherits them.
 */
export function takeRole(): Start {
  const text = process.env[variable];
  delete process.env[variable];
  const passed = takeServiceSockets(process.env);
  const start: Start = text === undefined
    ? { role: { kind: "first" }, serviceSockets: passed }
    : JSON.parse(text);
  serviceSockets = start.serviceSockets;
  noteInheritedSockets(start.role);
  noteOwnProgram();
  return start;
}

/** The variable that makes a process that is started the successor of this one. */
export function successorEnvironment(role: Role): Readonly<Record<string, string>> {
  const detached = isDetached(role);
  const successor: Role = { kind: "successor", detached, follows: process.pid };
  const start: Start = { role: successor, serviceSockets: [] };
  return { [variable]: JSON.stringify(start) };
}

/** Those of a service manager are at the same numbers in every process. */
let serviceSockets: readonly ServiceSocket[] = [];

/** Tells whoever started this process; one that is gone is told nothing. */
export function tell(role: Role, word: Word): void {
  if ("channel" in role) write(role.channel, word);
}

/** Asks the master for something. */
export function ask(
  { channel }: Extract<Role, { kind: "worker" }>,
  request: ParentRequest,
): void {
  write(channel, JSON.stringify(request));
}

function write(channel: number, line: string): void {
  try {
    writeSync(channel, `${line}\n`);
  } catch (error) {
    if ((error as { code?: string }).code !== "EPIPE") throw error;
  }
}

/** A process of this program, started by this one. */
export interface StartedProcess {
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
  answer(answer: Answer): void;
  /** Lets this process end before it. */
  release(): void;
  /** Resolves to its exit status, 128 and more for a signal, as shells have it. */
  readonly exited: Promise<number>;
}

/** How this program is started again. */
export interface SelfStart {
  readonly args: readonly string[];
  /** In a session of its own. */
  readonly detached?: boolean;
  /** The executable, unless it is this one. */
  readonly program?: string | undefined;
  readonly environment?: Readonly<Record<string, string>>;
  /** The role of the new process, given the number of its channel. */
  roleAt(channel: number): Role;
  /** Is called with each word that it says. */
  said(word: Word): void;
  /** It asks for something. */
  asked?(request: ParentRequest): void;
}

/** Of what a started process says in one piece: a word, or a request with a path in it. */
const lineBytesMax = 16_384;
/** Of answers that a started process has not read: its requests have one answer each, or two. */
const unreadBytesMax = 65_536;

/** Starts this program again, with the sockets that it inherited at the same numbers. */
export function startSelf(start: SelfStart): StartedProcess {
  const sockets = inheritedSockets;
  const channel = Math.max(2, ...sockets) + 1;
  const stdio: ("ignore" | "inherit" | "pipe" | number)[] = ["ignore", "inherit", "inherit"];
  for (let fd = 3; fd < channel; fd++) stdio.push(sockets.includes(fd) ? fd : "ignore");
  stdio.push("pipe");
  const { args, detached = false, environment } = start;
  const [program, ...leading] = start.program === undefined ? ownCommand() : [start.program];
  const told: Start = { role: start.roleAt(channel), serviceSockets };
  const env = { ...process.env, ...environment, [variable]: JSON.stringify(told) };
  const child = spawn(program!, [...leading, ...args], { detached, stdio, env });
  const wire = child.stdio[channel] as Duplex | null | undefined;
  let rest = "";
  wire?.on("data", (bytes: Uint8Array) => {
    const lines = (rest + String(bytes)).split("\n");
    rest = lines.pop()!;
    // Whatever this is, it is no worker in its right mind; there is no end to wait for.
    if (rest.length > lineBytesMax) return void wire.destroy();
    for (const line of lines) {
      const request = line.startsWith("{") ? readParentRequest(line) : undefined;
      if (request) start.asked?.(request);
      else start.said(line as Word);
    }
  });
  // It may end while it is answered.
  wire?.on("error", () => {});
  const exited = new Promise<number>((resolve) => {
    child.on("error", () => resolve(1));
    child.on("exit", (code, signal) => resolve(code ?? 128 + (signalNumbers[signal ?? ""] ?? 0)));
  });
  return {
    pid: child.pid ?? 0,
    kill: (signal) => void child.kill(signal),
    answer(answer) {
      wire?.write(`${JSON.stringify(answer)}\n`);
      // Asking without an end and reading nothing would fill the memory of this process.
      if (wire && wire.writableLength > unreadBytesMax) wire.destroy();
    },
    release() {
      child.unref();
      wire?.destroy();
    },
    exited,
  };
}

const signalNumbers: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGTERM: 15,
};

/** Sockets that whoever started this process left open. */
let inheritedSockets: readonly number[] = [];

/** Looked for before any socket of its own is there: the runtime marks both alike. */
function noteInheritedSockets(role: Role): void {
  if (process.platform !== "linux") return;
  const channel = "channel" in role ? role.channel : -1;
  const open = readdirSync("/proc/self/fd").map(Number);
  inheritedSockets = open.filter((fd) => fd > 2 && fd !== channel && isSocket(fd));
}

function isSocket(fd: number): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).startsWith("socket:");
  } catch {
    return false;
  }
}
