import type { NameServerSettings } from "./settings.ts";

/** A way to a name server; what is lost on it is asked for again. */
export interface NameServerLink {
  /** Sends one message; false when it can't be. */
  send(message: Uint8Array): boolean;
  close(): void;
}

/** Opens one; `received` is told of every message that comes from that server. */
export type OpenNameServer = (
  server: NameServerSettings,
  received: (message: Uint8Array) => void,
) => NameServerLink;

/** The columns of `show resolvers`, in its order. */
export const nameServerCounters = [
  "sent",
  "snd_error",
  "valid",
  "update",
  "cname",
  "cname_error",
  "any_err",
  "nx",
  "timeout",
  "refused",
  "other",
  "invalid",
  "too_big",
  "truncated",
  "outdated",
] as const;

export type NameServerCounter = (typeof nameServerCounters)[number];

/** A name server of a section at work. */
export class NameServer {
  readonly counters: Record<NameServerCounter, number>;
  readonly #link: NameServerLink;

  constructor(
    readonly settings: NameServerSettings,
    open: OpenNameServer,
    received: (server: NameServer, message: Uint8Array) => void,
  ) {
    const none = nameServerCounters.map((name) => [name, 0]);
    this.counters = Object.fromEntries(none) as Record<NameServerCounter, number>;
    this.#link = open(settings, (message) => received(this, message));
  }

  get name(): string {
    return this.settings.name;
  }

  send(message: Uint8Array): boolean {
    const sent = this.#link.send(message);
    this.counters[sent ? "sent" : "snd_error"]++;
    return sent;
  }

  close(): void {
    this.#link.close();
  }
}
