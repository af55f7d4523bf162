import process from "node:process";
import type { Connection } from "../net/connection.ts";
import { type MessageName, messages } from "./message.ts";

/** Longer than the other process waits for any answer that needs no work. */
const stallMs = 5000;

/** What goes wrong just before a message is said; the message is tried all the same, if it comes to that. */
const kinds = {
  /** As the kernel does it when memory is short. */
  kill: () => void process.kill(process.pid, "SIGKILL"),
  exit: () => process.exit(70),
  throw: () => {
    throw new Error("injected fault");
  },
  /** Everything in this process stands still for a while, its clients included. */
  stall: () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, stallMs),
  close: (connection) => connection.close(),
  garbage: (connection) => void connection.write(garbage, 0, garbage.length),
  /** Until somebody lets it go on. */
  stop: () => void process.kill(process.pid, "SIGSTOP"),
} satisfies Record<string, (connection: Connection) => void>;

/** A frame of 16 MB, it says. */
const garbage = new Uint8Array(16).fill(1);

/** Sends descriptors with data as they are told to. */
type Post = (fds: readonly number[], data: Uint8Array) => void;
/** What goes wrong with the descriptors that a message speaks of; the process believes that it sent them. */
type DescriptorFault = (
  post: Post,
  fds: readonly number[],
  header: Uint8Array,
  end: () => void,
) => void;

const descriptorKinds = {
  "fd-close": (_post, _fds, _header, end) => end(),
  "fd-lost": () => {},
  /** A message without its descriptors. */
  "fd-bare": (post, _, header) => post([], header),
  /** Descriptors without a message. */
  "fd-twice": (post, fds, header) => {
    post(fds, header);
    post(fds, header);
  },
  "fd-fewer": (post, fds, header) => post(fds.slice(1), header),
  "fd-part": (post, fds, header) => post(fds, header.subarray(0, header.length / 2)),
  "fd-garbage": (post, fds, header) => post(fds, header.map((byte) => byte ^ 255)),
} satisfies Record<string, DescriptorFault>;

interface Fault<Kind> {
  readonly step: MessageName;
  readonly kind: Kind;
  /** How many times the step comes without it. */
  passes: number;
}

type AnyFault = Fault<keyof typeof kinds | keyof typeof descriptorKinds>;

/** Those to come, the next one first. */
let armed: AnyFault[] = [];
/** The conversation that the last one came into: it has had its share. */
let struck: Connection | undefined;

/**
 * Arms what `SLUICE_FAULT` says, `STEP:KIND` or several with commas between, for the tests of what a
 * failure leaves behind; nothing happens without it. A step is a message about to be said; `STEP:KIND:N`
 * lets the first `N` of them pass. Each fault comes once, in a conversation of its own. Returns what is
 * to be said of it at the start; undefined without any.
 */
export function armFaults(text: string | undefined): string | undefined {
  if (!text) return undefined;
  const faults = text.split(",").map(faultOf);
  armed = faults.filter((fault) => fault !== undefined);
  return armed.length === faults.length
    ? `SLUICE_FAULT is set: this process will fail (${text}), it is for tests only`
    : `SLUICE_FAULT: '${text}' names an unknown fault, which does not come`;
}

/** Lets the fault of this step come. */
export function failAt(step: MessageName, connection: Connection): void {
  if (connection === struck) return;
  const kind = comesNow(step, kinds);
  if (kind === undefined) return;
  struck = connection;
  kinds[kind](connection);
}

/** What is to be done with the descriptors of this step instead of sending them; undefined for nothing. */
export function failDescriptorsAt(step: MessageName): DescriptorFault | undefined {
  const kind = comesNow(step, descriptorKinds);
  return kind && descriptorKinds[kind];
}

/** The next fault's kind, if it is one of these and its time has come. */
function comesNow<Kinds extends object>(
  step: MessageName,
  kinds: Kinds,
): (keyof Kinds & string) | undefined {
  const next = armed[0];
  if (next?.step !== step || !isKind(next.kind, kinds) || next.passes-- > 0) return undefined;
  armed.shift();
  process.stderr.write(`SLUICE_FAULT: ${next.kind} at '${step}'\n`);
  return next.kind;
}

function isKind<Kinds extends object>(kind: string, kinds: Kinds): kind is keyof Kinds & string {
  return Object.hasOwn(kinds, kind);
}

function faultOf(text: string): AnyFault | undefined {
  const [step = "", kind = "", passes = "0"] = text.split(":");
  const isKnown = isKind(kind, kinds) || isKind(kind, descriptorKinds);
  if (!isKind(step, messages) || !isKnown) return undefined;
  return { step, kind, passes: Number(passes) };
}
