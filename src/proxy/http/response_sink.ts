import type { Reply } from "../../rules/transaction.ts";
import type { Exchange } from "./exchange.ts";

/** Takes a proxied answer instead of the client: the user's handlers see it as a Response. */
export interface ResponseSink {
  /** The head was handed over, what follows is its body's. */
  readonly taking: boolean;
  /** The head is final; `x.responseHeld` holds what is here of the body. */
  head(x: Exchange): void;
  /** The gateway answers itself; the head is `x.response`, the body latin1. */
  reply(x: Exchange, body: string): void;
  bytes(bytes: Uint8Array, from: number, to: number): void;
  end(x: Exchange): void;
  /** The body broke off, and the client has seen nothing yet; `reply` tells it so. */
  fail(reply: Reply): void;
  /** The exchange ended without (all of) an answer. */
  abort(): void;
}
