import process from "node:process";
import type { Connection } from "../net/connection.ts";
import { type MessageName, messages } from "./message.ts";

/** Longer than the other process waits for any answer that needs no work. */
const stallMs = 5000;

/** What goes wrong just before a message is said; the message is tried all the same, if it comes to that. */
const kinds = {
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

interface Fault {
  readonly step: MessageName;
  readonly kind: keyof typeof kinds;
}

/** Those to come, the next one first. */
let armed: Fault[] = [];
/** The conversation that the last one came into: it has had its share. */
let struck: Connection | undefined;

/**
 * Arms what `SLUICE_FAULT` says, `STEP:KIND` or several with commas between, for the tests of what a
 * failure leaves behind; nothing happens without it. A step is a message about to be said. Each fault
 * comes once, in a conversation of its own. Returns what is to be said of it at the start; undefined without any.
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
  if (armed[0]?.step !== step || connection === struck) return;
  struck = connection;
  const { kind } = armed.shift()!;
  process.stderr.write(`SLUICE_FAULT: ${kind} at '${step}'\n`);
  kinds[kind](connection);
}

function faultOf(text: string): Fault | undefined {
  const [step, kind] = text.split(":");
  if (!Object.hasOwn(messages, step!) || !Object.hasOwn(kinds, kind ?? "")) return undefined;
  return { step: step as MessageName, kind: kind as Fault["kind"] };
}
