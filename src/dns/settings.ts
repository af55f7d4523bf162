import type { Status } from "./verdict.ts";

/** A name server of a section. */
export interface NameServerSettings {
  readonly name: string;
  readonly over: "udp" | "tcp";
  readonly host: string;
  readonly port: number;
}

/** What a `resolvers` section says. */
export interface ResolverSettings {
  readonly nameServers: readonly NameServerSettings[];
  /** Largest answer over UDP, in bytes. */
  readonly payloadBytesMax: number;
  /** How often a name is asked for before it is given up. */
  readonly retries: number;
  /** From one time that a server's name is resolved to the next. */
  readonly resolveMs: number;
  /** How long an answer is waited for. */
  readonly retryMs: number;
  /** How old a good answer may be for a server to keep it when there is a bad one. */
  readonly holdMs: Readonly<Record<Status, number>>;
  /** How old an answer may be for a rule to take it. */
  readonly holdValidMs: number;
  /** How long an address lasts that is in no answer any more. */
  readonly holdObsoleteMs: number;
}

/** HAProxy's defaults, of a section that says nothing. */
export const resolverDefaults: ResolverSettings = {
  nameServers: [],
  payloadBytesMax: 512,
  retries: 3,
  resolveMs: 1000,
  retryMs: 1000,
  holdMs: { nx: 30_000, refused: 30_000, timeout: 30_000, other: 30_000 },
  holdValidMs: 10_000,
  holdObsoleteMs: 0,
};
