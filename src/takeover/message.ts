import * as v from "valibot";
import { moved } from "../proxy/move/description.ts";
import type { Frame } from "./frame.ts";

/** Versions of the protocol that this gateway speaks, the first and the last. */
export const protocolVersions: readonly [number, number] = [1, 1];

/** What this gateway can give and take, each with the version of its form. */
export const capabilities = [
  "listeners/1",
  "servers/1",
  "counters/1",
  "variables/1",
  "idle-client/1",
  "tcp-pipe/1",
  "tunnel/1",
  "idle-server/1",
  "operator/1",
  "patterns/1",
  "paces/1",
  "own-servers/1",
  "endpoint/1",
  "preparing/1",
] as const;

/** Errors of a configuration that are told. */
export const findingsMax = 16;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const id = v.pipe(v.number(), v.integer(), v.minValue(1));
const text = v.pipe(v.string(), v.maxLength(4096));

/** What of a listening socket its descriptor does not tell. */
const listener = v.object({
  id,
  /** Names; "" for none. */
  namespace: text,
  interface: text,
  /** The number it had when this process inherited it (`fd@N`). */
  inherited: v.optional(count),
  /** The process that goes on is asked for takeovers here; its clients are nobody's business else. */
  endpoint: v.optional(v.picklist(["control", "descriptors"])),
});

/**
 * Every message of the control channel, by name: its number on the wire, and what it says. Numbers
 * never change; `optional` ones may be passed over by who does not know them.
 */
export const messages = {
  hello: {
    number: 1,
    optional: false,
    says: v.object({
      protocol: v.tuple([count, count]),
      capabilities: v.array(text),
      build: text,
      pid: count,
      mode: v.picklist(["takeover", "dry-run"]),
      /** How long the new process wants to be watched, ms; the running one's choice without it. */
      probationMs: v.optional(count),
    }),
  },
  welcome: {
    number: 2,
    optional: false,
    says: v.object({
      protocol: count,
      capabilities: v.array(text),
      build: text,
      pid: count,
      /** What {@link FdCourier} must be introduced with. */
      session: text,
      listeners: count,
      connections: count,
    }),
  },
  refuse: {
    number: 3,
    optional: false,
    says: v.object({ reason: v.picklist(["version", "busy", "stopping", "unable"]), text }),
  },
  connected: { number: 4, optional: false, says: v.object({ session: text }) },
  listeners: {
    number: 5,
    optional: false,
    says: v.object({ batch: id, listeners: v.array(listener) }),
  },
  took: { number: 6, optional: false, says: v.object({ batch: id }) },
  state: {
    number: 7,
    optional: false,
    says: v.object({ part: text, version: id, data: v.unknown() }),
  },
  told: { number: 8, optional: false, says: v.object({}) },
  ready: { number: 9, optional: false, says: v.object({ unused: v.array(id) }) },
  go: { number: 10, optional: false, says: v.object({}) },
  accepting: { number: 11, optional: false, says: v.object({}) },
  alive: {
    number: 12,
    optional: true,
    says: v.object({
      /** Backend, server, connections to it. */
      connections: v.array(v.tuple([v.string(), v.string(), count])),
      /** Client connections that the old process has yet, and by why they stay, where that is known. */
      left: v.optional(count),
      staying: v.optional(v.array(v.tuple([text, count]))),
      /** Where the old process is in it, and what an operator should know of that. */
      phase: v.optional(v.picklist(["probation", "moving"])),
      note: v.optional(text),
      /** What the new process has answered by itself so far. */
      answers: v.optional(v.object({ all: count, ownErrors: count })),
    }),
  },
  offer: { number: 13, optional: false, says: v.object({ batch: id, moved: v.array(moved) }) },
  prepared: {
    number: 14,
    optional: false,
    says: v.object({
      batch: id,
      taken: v.array(id),
      refused: v.array(v.object({ id, reason: text })),
      /** There was no room for the descriptors: fewer of them may find it. */
      crowded: v.optional(v.boolean()),
    }),
  },
  commit: {
    number: 15,
    optional: false,
    /** How long the batch has stood still, ms. */
    says: v.object({ batch: id, frozenMs: v.optional(v.number()) }),
  },
  final: { number: 16, optional: false, says: v.object({}) },
  finalized: { number: 17, optional: false, says: v.object({}) },
  abort: { number: 18, optional: false, says: v.object({ reason: text, text }) },
  /** An operator asks the running process to replace itself. */
  upgrade: {
    number: 19,
    optional: false,
    says: v.object({
      program: v.optional(text),
      dryRun: v.boolean(),
      probationMs: v.optional(count),
    }),
  },
  progress: { number: 20, optional: true, says: v.object({ text }) },
  result: {
    number: 21,
    optional: false,
    says: v.object({ kind: v.picklist(["handed over", "dry run", "kept"]), text }),
  },
  /** The running process's last word: it ends, and nothing can be taken back any more. */
  leaving: { number: 22, optional: false, says: v.object({}) },
  /** The new process's first and last word: why it ends before it asks for anything. */
  findings: {
    number: 23,
    optional: true,
    says: v.object({
      pid: count,
      /** A line each. */
      errors: v.pipe(v.array(text), v.minLength(1), v.maxLength(findingsMax)),
      /** How many there are beyond those. */
      more: count,
    }),
  },
} as const satisfies Record<
  string,
  { number: number; optional: boolean; says: v.GenericSchema }
>;

export type MessageName = keyof typeof messages;
/** What a message says, by its name. */
export type Says<N extends MessageName> = v.InferOutput<(typeof messages)[N]["says"]>;

/** A message as it came, with the bytes behind it. */
export type Message = {
  [N in MessageName]: {
    readonly name: N;
    readonly says: Says<N>;
    /** How many letters it took to say that. */
    readonly letters: number;
    readonly bytes: Uint8Array;
    readonly descriptors: number;
  };
}[MessageName];

const byNumber = new Map<number, MessageName>();
for (const [name, { number }] of Object.entries(messages)) {
  if (byNumber.has(number)) throw new Error(`two messages have the number ${number}`);
  byNumber.set(number, name as MessageName);
}

/** What a frame turned out to be. */
export type MessageReading =
  | { readonly kind: "message"; readonly message: Message }
  /** Unknown and optional: as if it had not come. */
  | { readonly kind: "passed over" }
  | { readonly kind: "invalid"; readonly why: string };

/** Reads what a frame says; nothing that a peer sends is believed before it fits its schema. */
export function readMessage(frame: Frame): MessageReading {
  const name = byNumber.get(frame.type);
  if (name === undefined) {
    return frame.optional
      ? { kind: "passed over" }
      : { kind: "invalid", why: `a message of unknown type ${frame.type}` };
  }
  let json: unknown;
  try {
    json = JSON.parse(frame.text);
  } catch {
    return { kind: "invalid", why: `'${name}' is not JSON` };
  }
  const read = v.safeParse(messages[name].says, json);
  if (!read.success) {
    return {
      kind: "invalid",
      why: `'${name}' does not say what it must: ${where(read.issues[0])}`,
    };
  }
  const { bytes, descriptors } = frame;
  return {
    kind: "message",
    message: { name, says: read.output, letters: frame.text.length, bytes, descriptors } as Message,
  };
}

function where(issue: v.BaseIssue<unknown>): string {
  return v.getDotPath(issue) ?? issue.message;
}
