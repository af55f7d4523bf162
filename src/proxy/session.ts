import type { RequestHead } from "../http/request_head.ts";
import { clock } from "../net/clock.ts";
import type { Connection } from "../net/connection.ts";
import type { RuleSet } from "../rules/rule_set.ts";
import type { Outcome } from "../rules/transaction.ts";
import { Counter } from "../state/counter.ts";
import { ConnectedClient } from "./client_facts.ts";
import { ClientHttp1 } from "./http/client_http1.ts";
import type { ClientListener, ServedConnection } from "./listener.ts";
import { processRates } from "./process_rates.ts";
import { type HandshakeOutcome, ProxyHandshake } from "./proxy_handshake.ts";
import { TcpClient } from "./tcp/tcp_client.ts";
import { TcpTransaction } from "./tcp/tcp_transaction.ts";

/**
 * What a new connection passes before anything is served on it: `tcp-request connection` rules, a
 * PROXY protocol header, `tcp-request session` rules. Returns who handles it from here on, or
 * undefined when a rule refused it.
 */
export function startSession(
  connection: Connection,
  listener: ClientListener,
): ServedConnection | undefined {
  const { frontend, bind } = listener;
  const { tcpRequestConnection, tcpRequestSession } = frontend;
  const plain = !bind.acceptProxy && tcpRequestConnection.rules.length === 0 &&
    tcpRequestSession.rules.length === 0;
  if (plain) return serve(connection, listener, undefined);
  const client = new ConnectedClient(connection, listener);
  const tx = new SessionTransaction(client);
  const verdict = tx.ask(tcpRequestConnection);
  if (verdict === "refused" || verdict === "dropped") {
    listener.state.count(Counter.dcon);
    // Nothing was read yet: a reset spares the client the wait and us the rest.
    if (verdict === "refused") connection.reset();
    else connection.drop(tx.resetHops);
    return undefined;
  }
  const expectsHeader = bind.acceptProxy || verdict === "expect-proxy";
  return expectsHeader ? shakeHands(client) : admit(client);
}

/** Serves nobody before it is known who it is. */
function shakeHands(client: ConnectedClient): ProxyHandshake {
  const { connection, listener } = client;
  const { clientHandshakeMs, clientMs } = listener.frontend.timeouts;
  const handshake = new ProxyHandshake(connection, clientHandshakeMs ?? clientMs, (outcome) => {
    if (outcome.kind === "failed") return fail(client, handshake, outcome);
    client.handshaken(handshake.startedAt, outcome.header);
    const served = admit(client);
    if (served) listener.handOn(handshake, served, outcome.rest);
    else listener.left(handshake);
  });
  return handshake;
}

function fail(
  client: ConnectedClient,
  handshake: ProxyHandshake,
  { fault, silent }: Extract<HandshakeOutcome, { kind: "failed" }>,
): void {
  const { listener } = client;
  client.handshaken(handshake.startedAt);
  client.fault = fault;
  const tx = new SessionTransaction(client);
  tx.terminate("PR");
  tx.endAt = clock.now;
  listener.host.log(tx, silent ? "silent-handshake" : "failed-handshake");
  listener.left(handshake);
}

/** The session begins, unless its rules refuse it. */
function admit(client: ConnectedClient): ServedConnection | undefined {
  const { connection, listener } = client;
  const tx = new SessionTransaction(client);
  const verdict = tx.ask(listener.frontend.tcpRequestSession);
  if (verdict !== "refused" && verdict !== "dropped") return serve(connection, listener, client);
  listener.state.count(Counter.dses);
  if (verdict === "refused") connection.close();
  else connection.drop(tx.resetHops);
  return undefined;
}

/** Speaks what the frontend speaks. */
function serve(
  connection: Connection,
  listener: ClientListener,
  earlier: ConnectedClient | undefined,
): ServedConnection {
  const now = clock.epoch(clock.now);
  listener.state.sessionOpened(now);
  processRates.sessions.add(now);
  switch (listener.frontend.mode) {
    case "http":
      return new ClientHttp1(connection, listener, earlier);
    case "tcp":
      return new TcpClient(connection, listener, earlier);
  }
}

type Verdict = "admitted" | "refused" | "dropped" | "expect-proxy";

const verdicts: Readonly<Record<Outcome, Verdict>> = {
  continue: "admitted",
  accept: "admitted",
  abort: "refused",
  drop: "dropped",
  error: "refused",
  reply: "refused",
  wait: "refused",
};

/** A connection of which nothing is known but its addresses. */
class SessionTransaction extends TcpTransaction {
  declare readonly link: undefined;
  declare readonly requestBuffer: undefined;
  declare readonly responseBuffer: undefined;
  declare readonly request: RequestHead | undefined;

  ask(rules: RuleSet): Verdict {
    const verdict = verdicts[rules.run(this, { next: 0, resuming: false })];
    const expectsHeader = verdict === "admitted" && this.demanded === "expect-proxy";
    return expectsHeader ? "expect-proxy" : verdict;
  }

  connectTo(): void {}
  refuse(): void {}
}
