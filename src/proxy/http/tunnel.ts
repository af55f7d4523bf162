import type { Exchange } from "./exchange.ts";
import { abortExchange, finish } from "./finish.ts";
import { HeldBody } from "./held_body.ts";
import { offerPlace } from "../../backend/queue.ts";
import type { TunnelDescription } from "../move/description.ts";
import { describeExchange } from "../move/exchange_words.ts";
import { freezePipe, type MovingStream, type PipeWords } from "../move/frozen_pipe.ts";
import type { Frozen, Understands, Unmovable } from "../move/mover.ts";
import { slowPipe } from "../slow_pipe.ts";
import { leaveServer } from "../server_search.ts";
import { Pipe, pipeFlags, type PipeOutcome, type PipeOwner } from "../pipe.ts";

/** 101 or an accepted CONNECT: from here on both connections are one pipe. */
export function startTunnel(x: Exchange, head: string): void {
  const { client } = x;
  const link = x.link!;
  x.responseStarted = true;
  x.bytesToClient += head.length;
  client.out.text(head);
  x.closeClient = true;
  x.responseReusesLink = false;
  const early = client.becomeTunnel();
  link.becomeTunnel();
  const pipe = x.tunnel = new Tunnel(x).pipe;
  if (x.slow) slowPipe(pipe, x.slow.paces);
  if (x.held) pipe.client.pass(x.held.take());
  if (x.responseHeld) {
    x.bytesToClient += x.responseHeld.size;
    pipe.server.pass(x.responseHeld.take());
    x.responseHeld = undefined;
  }
  if (early) {
    x.bytesFromClient += early.length;
    pipe.client.pass(early);
  }
  pipe.start(client.ended, link.ended);
}

/** Bytes of a server that has switched already, while a handler of the user's has not agreed yet. */
export function holdTunnelBytes(x: Exchange, bytes: Uint8Array, from: number): void {
  (x.responseHeld ??= new HeldBody()).add(bytes, from, bytes.length);
  x.link?.pause();
}

/** Goes on with a tunnel of another process; its pipe is not started yet. */
export function resumeTunnel(x: Exchange): Pipe {
  x.client.becomeTunnel();
  x.backendPlan!.state.sessionMoved();
  if (x.holdsServer) x.serverPlan!.state.takeIn();
  const pipe = x.tunnel = new Tunnel(x).pipe;
  if (x.slow) slowPipe(pipe, x.slow.paces);
  return pipe;
}

/** Lets a tunnel stand still, for another process to go on with it. */
export function freezeTunnel(x: Exchange, understands: Understands): Frozen | Unmovable {
  const { tunnel } = x;
  if (x.handlers) return "never";
  if (!tunnel || x.flags !== "--") return "not yet";
  return freezePipe(tunnel, tunnel.owner as Tunnel, understands);
}

/** An exchange whose two connections became a pipe. */
class Tunnel implements PipeOwner, MovingStream {
  readonly pipe: Pipe;

  constructor(private readonly x: Exchange) {
    const back = x.backendPlan!.timeouts;
    const front = x.frontendPlan.timeouts;
    this.pipe = new Pipe(x.client, x.link!, {
      clientMs: x.clientTimeoutMs,
      serverMs: x.timeoutsMs.server ?? back.serverMs,
      clientFinMs: front.clientFinMs,
      serverFinMs: back.serverFinMs,
      tunnelMs: x.timeoutsMs.tunnel ?? back.tunnelMs,
    }, this);
  }

  get bytesToClient(): number {
    return this.x.bytesToClient;
  }

  set bytesToClient(bytes: number) {
    this.x.bytesToClient = bytes;
  }

  get bytesFromClient(): number {
    return this.x.bytesFromClient;
  }

  set bytesFromClient(bytes: number) {
    this.x.bytesFromClient = bytes;
  }

  describeMoved(words: PipeWords): TunnelDescription {
    const { x } = this;
    const client = x.client.describe();
    return { kind: "tunnel", ...words, client, exchange: describeExchange(x) };
  }

  letGo(): void {
    const { x } = this;
    const { client, link } = x;
    x.over = true;
    const left = leaveServer(x);
    x.backendPlan!.state.sessionClosed();
    link?.forget();
    client.letGo();
    if (left) offerPlace(x.serverPlan!.state);
  }

  pipeEnded(outcome: PipeOutcome): void {
    const { x } = this;
    // What is left to say and to read is HTTP's again.
    x.client.connection.handler = x.client;
    if (x.link) x.link.connection.handler = x.link;
    if (outcome === "closed") {
      x.requestEnded = x.responseEnded = true;
      return finish(x);
    }
    const flags = pipeFlags[outcome];
    if (flags !== undefined) x.terminate(flags);
    abortExchange(x);
  }
}
