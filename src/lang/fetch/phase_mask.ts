/**
 * Where a fetch may be used: one character per check point, in the order of `phases` of
 * `../spec.ts`. Each name says what has to be there for the fetch to have an answer.
 */

/** Needs nothing at all. */
export const anywhere = "YYYYYYYYYYYYYYYYYYYYYY";
/** A running process: all but the reading of a configuration. */
export const running = "YYYYYYYYYYYYYYYYYYYY.Y";
/** A connection, health checks included. */
export const connection = "YYYYYYYYYYYYYYYYYYYY..";
/** A client connection accepted by a frontend. */
export const clientSession = "YYYYYYYYYYYYYYYYYYY...";
/** A client session: the connection's handshakes are over. */
export const sessionBegun = ".YYYYYYYYYYYYYYYYYY...";
/** A backend is chosen. */
export const backendChosen = "......YYYYYYYYYYYYYY..";
/** A server is chosen. */
export const serverChosen = "..........YYYYYYYYYY..";
/** The connection to the server, or what it left behind. */
export const serverConnection = "...........YYYYYYYYY..";
/** Counted while a transaction runs, known from the choice of the server on. */
export const exchangeUnderWay = ".........YYYYYYYYYY...";
/** The request's head while it is held: gone once the request is sent. */
export const requestHead = "..YYYYYYYYY...........";
/** What is remembered of the request to the end of the transaction. */
export const requestRemembered = "..YYYYYYYYYYYYYYYYY...";
/** The response's head while it is held. */
export const responseHead = "...........YYYYYYY.Y..";
/** What is remembered of the response to the end of the transaction. */
export const responseRemembered = "...........YYYYYYYYY..";
/** The head that passes: the request's or the response's, by where the expression stands. */
export const eitherHead = "..YYYYYYYYYYYYYYYY.Y..";

const needs: ReadonlyMap<string, string> = new Map([
  [anywhere, "internal state"],
  [running, "internal state"],
  [connection, "client address"],
  [clientSession, "frontend"],
  [sessionBegun, "client session"],
  [backendChosen, "backend"],
  [serverChosen, "server"],
  [exchangeUnderWay, "response buffer statistics"],
  [requestHead, "HTTP request headers"],
  [requestRemembered, "HTTP request"],
  [responseHead, "HTTP response headers"],
  [responseRemembered, "HTTP response"],
  [eitherHead, "HTTP request headers,HTTP response headers"],
]);

const rawNeeds: ReadonlyMap<string, string> = new Map([
  [requestHead, "request buffer"],
  [responseHead, "response buffer"],
  [eitherHead, "request buffer,response buffer"],
]);

/** What a fetch that is usable at these check points waits for, in HAProxy's words. */
export function needsOf({ phases, raw }: { phases: string; raw: boolean }): string {
  return (raw ? rawNeeds : needs).get(phases) ?? "unknown";
}
