import type { Address } from "../lang/address.ts";
import type { LogFacts, Timers } from "../lang/context.ts";
import { clock } from "../net/clock.ts";
import { never, type Stream } from "./stream.ts";

/** What the log line of a stream says of its times and its end; made when somebody asks. */
export class StreamLog implements LogFacts {
  constructor(private readonly x: Stream) {}

  get timers(): Timers {
    const { x } = this;
    const end = x.endAt < 0 ? clock.now : x.endAt;
    const handshake = x.client.requestCount > 1 ? 0 : x.client.handshakeMs;
    return {
      startedAt: clock.epoch(x.headAt),
      handshake,
      idle: Math.max(0, whole(x.idleSince, x.headAt)),
      request: x.started && x.requestAt > never ? whole(x.headAt, x.requestAt) : -1,
      queue: this.#queue(end),
      connect: x.connectedAt < 0 ? -1 : whole(x.connectAt, x.connectedAt),
      response: x.responseAt < 0 ? -1 : whole(x.connectedAt, x.responseAt),
      active: whole(x.headAt, end),
      total: handshake + whole(x.idleSince, end),
    };
  }

  /** Up to the server that was found, or up to where the stream left the queue without one. */
  #queue(end: number): number {
    const { x } = this;
    // A tarpit is a queue that leads nowhere.
    if (x.flags === "PT") return whole(x.headAt, end);
    if (x.connectAt >= 0) return whole(x.queuedAt, x.connectAt);
    const hasQueued = x.serverQueuePosition > 0 || x.backendQueuePosition > 0;
    return hasQueued ? whole(x.queuedAt, end) : -1;
  }

  get early(): boolean {
    return this.x.frontendPlan.logOptions.early;
  }

  get bytesToClient(): number {
    return this.x.bytesToClient;
  }

  get bytesFromClient(): number {
    return this.x.bytesFromClient + this.x.headBytes;
  }

  get terminationState(): string {
    return this.x.flags;
  }

  get terminationStateCookie(): string {
    const { flags, persistence, direct, serverPlan, backendPlan } = this.x;
    if (!persistence || !backendPlan!.cookie!.logged) return flags + "--";
    const { request, answer, server } = persistence;
    // A rule has named the server before the cookie was looked at.
    const unused = request !== "N" && direct && serverPlan !== server;
    return flags + (unused ? "U" : request) + answer;
  }

  get retries(): number {
    return this.x.connectAttempts;
  }

  get redispatched(): boolean {
    return this.x.redispatched;
  }

  get requestCounter(): number {
    return this.x.requestCounter;
  }

  get logCounter(): number {
    return this.x.client.listener.logCounter;
  }

  get sourceAddress(): Address | undefined {
    return this.x.link?.connection.local;
  }

  get sourcePort(): number {
    return this.x.link?.connection.localPort ?? 0;
  }

  get requestCookie(): string | undefined {
    return this.x.requestCookie;
  }

  get responseCookie(): string | undefined {
    return this.x.responseCookie;
  }

  get serverQueue(): number {
    return this.x.serverQueuePosition;
  }

  get backendQueue(): number {
    return this.x.backendQueuePosition;
  }

  readonly tls = undefined;
}

/** Whole milliseconds between two readings of the clock. */
function whole(from: number, to: number): number {
  return Math.round(to) - Math.round(from);
}
