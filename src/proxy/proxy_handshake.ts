import { Buffer } from "node:buffer";
import type { ConnectionFault } from "../lang/context.ts";
import { clock } from "../net/clock.ts";
import type { Connection, ConnectionError } from "../net/connection.ts";
import { flushOutbox } from "../net/outbox.ts";
import type { ProxyFault, ProxyHeader } from "../net/proxy_protocol/header.ts";
import { readProxyHeader } from "../net/proxy_protocol/read.ts";
import { type Timed, timers } from "../net/timers.ts";
import type { ServedConnection } from "./listener.ts";

type Failure = ProxyFault | "closed" | "aborted" | "timeout";

/** HAProxy's numbers and words (`fc_err`, and the line that it logs). */
const faults: Readonly<Record<Failure, ConnectionFault>> = {
  "closed": { code: 11, text: "Connection closed while waiting for PROXY protocol header" },
  "aborted": { code: 12, text: "Connection error while waiting for PROXY protocol header" },
  "timeout": { code: 13, text: "Timeout while waiting for PROXY protocol header" },
  "truncated": { code: 14, text: "Truncated PROXY protocol header received" },
  "not-a-header": {
    code: 15,
    text: "Received something which does not look like a PROXY protocol header",
  },
  "bad-header": { code: 16, text: "Received an invalid PROXY protocol header" },
  "bad-protocol": {
    code: 17,
    text: "Received an unhandled protocol in the PROXY protocol header",
  },
};

export type HandshakeOutcome =
  /** The connection is the caller's again, `rest` is what came behind the header. */
  | { readonly kind: "received"; readonly header: ProxyHeader; readonly rest: Uint8Array }
  /** The connection is closed; `silent` when the client never sent a byte. */
  | { readonly kind: "failed"; readonly fault: ConnectionFault; readonly silent: boolean };

/**
 * What stands before a session on a connection that must begin with a PROXY protocol header: reads
 * nothing but that, and hands the connection on. `done` is called exactly once.
 */
export class ProxyHandshake implements ServedConnection, Timed {
  /** Reading of the clock when it began. */
  readonly startedAt = clock.now;
  #pieces: Uint8Array[] = [];
  #held = 0;
  #bytesMin = 1;
  #done = false;
  deadline = Infinity;
  slot = Infinity;
  place = 0;

  constructor(
    readonly connection: Connection,
    limitMs: number | undefined,
    private readonly done: (outcome: HandshakeOutcome) => void,
  ) {
    timers.set(this, limitMs);
  }

  onData(bytes: Uint8Array): void {
    clock.tick();
    if (this.#done) return;
    this.#pieces.push(bytes);
    this.#held += bytes.length;
    if (this.#held >= this.#bytesMin) this.#read();
    flushOutbox();
  }

  #read(): void {
    const bytes = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
    this.#pieces = [bytes];
    const reading = readProxyHeader(bytes);
    switch (reading.kind) {
      case "incomplete":
        this.#bytesMin = reading.bytesMin;
        return;
      case "invalid":
        return this.#fail(reading.fault);
      case "complete": {
        const { header, length } = reading;
        this.#end({ kind: "received", header, rest: bytes.subarray(length) });
      }
    }
  }

  onDrain(): void {}

  onEnd(): void {
    clock.tick();
    this.#fail(this.#held > 0 ? "truncated" : "closed");
    flushOutbox();
  }

  onClose(error?: ConnectionError): void {
    clock.tick();
    this.#fail(error ? "aborted" : this.#held > 0 ? "truncated" : "closed");
    flushOutbox();
  }

  fire(): void {
    this.#fail("timeout");
    flushOutbox();
  }

  /** Whoever has just come is served yet. */
  retire(): void {}

  kill(): void {
    this.#fail("aborted");
  }

  /** What is no header gets a reset: its sender shall notice. */
  #fail(failure: Failure): void {
    if (this.#done) return;
    const silent = this.#held === 0;
    // Closing comes last: the addresses that are logged go with the socket.
    this.#end({ kind: "failed", fault: faults[failure], silent });
    if (silent) this.connection.close();
    else this.connection.reset();
  }

  #end(outcome: HandshakeOutcome): void {
    this.#done = true;
    this.#pieces = [];
    timers.forget(this);
    this.done(outcome);
  }
}
