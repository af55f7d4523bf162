import type { BackendPlan } from "../config/backend_plan.ts";
import type { ServerPlan } from "../config/server_plan.ts";
import { takePersistence } from "../backend/persistence/persistence.ts";
import { previewServer } from "../backend/preview.ts";
import { serverTarget } from "../backend/server_target.ts";
import type { Decision } from "./decision.ts";
import { addForwardFields } from "../rules/forward_fields.ts";
import type { OfflineTransaction } from "./offline_transaction.ts";
import type { Verdicts } from "./verdicts.ts";

/** The backend's part: its own rules, then a server. */
export function decideBackend(verdicts: Verdicts, backend: BackendPlan): Decision {
  const { tx, trail } = verdicts;
  tx.backendPlan = backend;
  if (backend.disabled) {
    trail.note(backend, `backend ${backend.name} is disabled`, placeOf(backend));
    return verdicts.reply(tx.errorPage(503));
  }
  // A `listen` section is one proxy: its rules ran as the frontend's.
  if (backend.tcpRequestContent !== tx.frontendPlan.tcpRequestContent) {
    const rejected = keepingRoute(
      tx,
      () => verdicts.rules(backend, "tcp-request content", backend.tcpRequestContent),
    );
    if (rejected) return rejected;
  }
  if (backend.bufferRequest && !tx.frontendPlan.bufferRequest) {
    trail.note(backend, "would wait for the body first");
  }
  if (backend.httpRequest !== tx.frontendPlan.httpRequest) {
    const ended = keepingRoute(
      tx,
      () => verdicts.rules(backend, "http-request", backend.httpRequest),
    );
    if (ended) return ended;
  }
  const refused = verdicts.names(backend);
  if (refused) return refused;
  addForwardFields(tx);
  return decideServer(verdicts, backend);
}

/** Rules that let a request pass did not decide on it: whoever routed it did. */
function keepingRoute(
  tx: OfflineTransaction,
  run: () => Decision | undefined,
): Decision | undefined {
  const routedBy = tx.decidedBy;
  const ended = run();
  if (!ended) tx.decidedBy = routedBy;
  return ended;
}

function decideServer(verdicts: Verdicts, backend: BackendPlan): Decision {
  const { tx, trail } = verdicts;
  const kept = backend.cookie && takePersistence(backend, tx.request!, tx).server;
  const selection = previewServer(backend, tx, kept, ({ rule, condition, result }) => {
    const text = `${rule.text}${condition ? ` if ${condition.text}` : ""}`;
    const at = placeOf(rule);
    trail.choice({ kind: "use-server", proxy: backend.name, at, text }, condition, result);
  });
  switch (selection.kind) {
    case "queue":
      return verdicts.queue(backend);
    case "none":
      trail.note(
        backend,
        selection.cause === "no-server" ? "no server can take it" : "the server's queue is full",
        placeOf(backend),
      );
      tx.decidedBy = placeOf(backend);
      return verdicts.reply(tx.errorPage(503));
    case "server":
      return toServer(
        verdicts,
        backend,
        selection.server,
        !selection.direct
          ? `chosen by balance ${backend.balance.kind}`
          : selection.server === kept
          ? `named by cookie ${backend.cookie!.name}`
          : "named by use-server",
      );
    default:
      return selection satisfies never;
  }
}

function toServer(
  verdicts: Verdicts,
  backend: BackendPlan,
  server: ServerPlan,
  how: string,
): Decision {
  const { tx, trail } = verdicts;
  tx.serverPlan = server;
  trail.note(backend, `server ${server.name} is ${how}`, placeOf(server));
  const { redirectPrefix } = server;
  const { method, pathq } = tx.request!;
  if (redirectPrefix !== undefined && (method === "GET" || method === "HEAD")) {
    tx.decidedBy = placeOf(server);
    return verdicts.reply({
      status: 302,
      reason: "Found",
      headers: [["Cache-Control", "no-cache"], ["Location", redirectPrefix + (pathq ?? "/")]],
      body: "",
      close: false,
    });
  }
  if (backend.sendNameHeader !== undefined) tx.request!.set(backend.sendNameHeader, server.name);
  return verdicts.forward(backend, server, addressOf(server, tx));
}

function addressOf(server: ServerPlan, tx: OfflineTransaction): string {
  const target = serverTarget(server, tx.client);
  if (target.kind === "unix") return target.path;
  if (target.kind === "abstract") return `abns@${target.name}`;
  return target.host.includes(":")
    ? `[${target.host}]:${target.port}`
    : `${target.host}:${target.port}`;
}

function placeOf({ at }: Pick<BackendPlan, "at">): string {
  return `${at.file}:${at.line}`;
}
