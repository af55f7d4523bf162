import type { ClientHttp1 } from "./client_http1.ts";
import type { Exchange } from "./exchange.ts";
import { abortExchange, finish } from "./finish.ts";
import { HeldBody } from "./held_body.ts";
import type { ServerHttp1 } from "./server_http1.ts";

/** 101 or an accepted CONNECT: from here on both connections are one pipe. */
export function startTunnel(x: Exchange, head: string): void {
  const { client } = x;
  const link = x.link!;
  x.responseStarted = true;
  x.bytesToClient += head.length;
  client.out.text(head);
  x.closeClient = true;
  x.responseReusesLink = false;
  x.requestSent = false;
  const early = client.becomeTunnel();
  link.becomeTunnel();
  x.held?.release(link.out, "plain");
  if (x.responseHeld) {
    x.bytesToClient += x.responseHeld.size;
    x.responseHeld.release(client.out, "plain");
    x.responseHeld = undefined;
  }
  if (early) tunnelData(client, early, 0);
  armTunnel(x);
  if (client.ended) tunnelEnd(client);
  if (link.ended) tunnelEnd(client, link);
}

/** Bytes of a tunnel: from the client, or from the server when `link` is given. */
export function tunnelData(
  client: ClientHttp1,
  bytes: Uint8Array,
  from: number,
  link?: ServerHttp1,
): void {
  const x = client.exchange;
  if (!x || x.over) return;
  if (link && client.state !== "tunnel") {
    // A handler of the user's has not agreed yet.
    (x.responseHeld ??= new HeldBody()).add(bytes, from, bytes.length);
    return link.pause();
  }
  if (link) {
    x.bytesToClient += bytes.length - from;
    client.out.bytes(bytes, from, bytes.length);
  } else {
    x.bytesFromClient += bytes.length - from;
    x.link?.out.bytes(bytes, from, bytes.length);
  }
  armTunnel(x);
}

/** One side has no more to send: the other one learns it, and may go on sending (half-close). */
export function tunnelEnd(client: ClientHttp1, link?: ServerHttp1): void {
  const x = client.exchange;
  if (!x || x.over) return;
  const other = x.link;
  if (!other || other.state === "closed" || client.state === "closed") {
    x.terminate(link ? "SD" : "CD");
    return abortExchange(x);
  }
  if (link) client.out.flush();
  else other.out.flush();
  tunnelDrained(x);
}

/** Passes on a half-close once all that came before it is read, and ends when both sides did. */
export function tunnelDrained(x: Exchange): void {
  const { client, link } = x;
  if (client.state !== "tunnel" || !link) return;
  const toClient = link.ended && client.out.pending === 0;
  const toServer = client.ended && link.out.pending === 0;
  if (toClient && toServer) {
    x.requestEnded = true;
    return finish(x);
  }
  if (toClient && !x.responseEnded) {
    x.responseEnded = true;
    client.connection.shutdown();
  }
  if (toServer && !x.requestSent) {
    x.requestSent = true;
    link.connection.shutdown();
  }
}

/** `timeout tunnel` runs from the last byte in either direction; else both sides' own. */
function armTunnel(x: Exchange): void {
  const { timeouts } = x.backendPlan!;
  const both = x.timeoutsMs.tunnel ?? timeouts.tunnelMs;
  x.client.expect(both ?? x.clientTimeoutMs);
  x.link?.expect(both ?? timeouts.serverMs);
}
