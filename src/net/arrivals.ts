import { clock } from "./clock.ts";
import type { Connection } from "./connection.ts";
import { flushOutbox } from "./outbox.ts";

/** What a socket tells besides bytes. */
export type SocketSignal = "open" | "drain" | "end" | "close";

/** Takes what has arrived on one socket; never throws. */
export interface Receiver {
  receive(arrival: Uint8Array | SocketSignal): void;
}

/** Tells whoever handles a connection's events now; its end is the connection's own matter. */
export function handOn(
  connection: Connection,
  arrival: Uint8Array | Exclude<SocketSignal, "close">,
): void {
  const { handler } = connection;
  if (typeof arrival !== "string") handler.onData(arrival);
  else if (arrival === "open") handler.onOpen?.(connection);
  else if (arrival === "drain") handler.onDrain();
  else handler.onEnd();
}

/** More is not worth gathering: it would leave the processor's cache before it is looked at. */
const waitingBytesMax = 16384;

let receivers: Receiver[] = [];
let arrivals: (Uint8Array | SocketSignal)[] = [];
let spareReceivers: typeof receivers = [];
let spareArrivals: typeof arrivals = [];
let waitingBytes = 0;
let scheduled = false;

/**
 * Notes what a socket tells, in order. One turn of the event loop tells of many sockets: reading them
 * all, then deciding on all, then writing them all ({@link flushOutbox}) runs each of the three from
 * the processor's cache, where going through the three for every socket would find none of them there.
 */
export function arrive(receiver: Receiver, arrival: Uint8Array | SocketSignal): void {
  receivers.push(receiver);
  arrivals.push(arrival);
  if (typeof arrival !== "string" && (waitingBytes += arrival.length) > waitingBytesMax) {
    return handleArrivals();
  }
  if (scheduled) return;
  scheduled = true;
  setImmediate(endTurn);
}

/** Handles at once all that `tell` notes: whoever has everything at hand need not wait for a turn's end. */
export function gather(tell: () => void): void {
  const others = scheduled;
  scheduled = true;
  try {
    tell();
  } finally {
    scheduled = others;
  }
  settleArrivals();
}

function endTurn(): void {
  scheduled = false;
  handleArrivals();
}

/** Hands out now what has arrived; must not be called by whoever it is handed to. */
export function settleArrivals(): void {
  if (receivers.length > 0) handleArrivals();
}

function handleArrivals(): void {
  const from = receivers;
  const what = arrivals;
  receivers = spareReceivers;
  arrivals = spareArrivals;
  waitingBytes = 0;
  clock.tick();
  for (let i = 0; i < from.length; i++) from[i]!.receive(what[i]!);
  from.length = 0;
  what.length = 0;
  spareReceivers = from;
  spareArrivals = what;
  flushOutbox();
}
