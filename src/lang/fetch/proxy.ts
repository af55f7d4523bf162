import type { BackendFacts, FrontendFacts, ServerFacts } from "../context.ts";
import { type ArgSpec, type FetchSpec, LangError } from "../spec.ts";
import type { Value } from "../value.ts";
import { backendChosen, clientSession, running, serverChosen } from "./phase_mask.ts";
import { noArgs, plain } from "./row.ts";

const backendArgs: readonly ArgSpec[] = [{ name: "backend", type: "backend", optional: true }];
const frontendArgs: readonly ArgSpec[] = [{ name: "frontend", type: "frontend", optional: true }];
const serverArgs: readonly ArgSpec[] = [{ name: "server", type: "server", optional: true }];

/** Facts of the frontend named, else of the one where the expression stands. */
function ofFrontend(fetch: string, read: (frontend: FrontendFacts) => Value): FetchSpec["make"] {
  return (args, scope) => {
    const given = args[0];
    const frontend = given?.type === "frontend" ? given.proxy : scope.frontend(undefined);
    if (frontend === undefined) throw lacks(fetch, scope.proxyName, "frontend");
    return { get: () => read(frontend) };
  };
}

/** Facts of the backend named, else of the one where the expression stands. */
function ofBackend(fetch: string, read: (backend: BackendFacts) => Value): FetchSpec["make"] {
  return (args, scope) => {
    const given = args[0];
    const backend = given?.type === "backend" ? given.proxy : scope.backend(undefined);
    if (backend === undefined) throw lacks(fetch, scope.proxyName, "backend");
    return { get: () => read(backend) };
  };
}

function ofServer(fetch: string, read: (server: ServerFacts) => Value): FetchSpec["make"] {
  return (args, scope) => {
    const given = args[0];
    if (given?.type !== "server") {
      throw new LangError(
        `missing server name in arg 1 of sample fetch keyword '${fetch}' in proxy '${scope.proxyName}'.`,
        fetch,
      );
    }
    return { get: () => read(given.server) };
  };
}

function lacks(fetch: string, proxy: string, capability: "frontend" | "backend"): LangError {
  return new LangError(
    `proxy '${proxy}', referenced in arg 1 of sample fetch keyword '${fetch}' in proxy '${proxy}', has not ${capability} capability.`,
    fetch,
  );
}

function frontendRow(name: string, doc: string, read: (frontend: FrontendFacts) => Value) {
  const make = ofFrontend(name, read);
  return {
    name,
    args: frontendArgs,
    type: "sint",
    phases: running,
    pure: true,
    doc,
    make,
  } as const;
}

function backendRow(name: string, doc: string, read: (backend: BackendFacts) => Value) {
  const make = ofBackend(name, read);
  return { name, args: backendArgs, type: "sint", phases: running, pure: true, doc, make } as const;
}

function serverRow(
  name: string,
  type: "sint" | "bool",
  doc: string,
  read: (server: ServerFacts) => Value,
): FetchSpec {
  const make = ofServer(name, read);
  return { name, args: serverArgs, type, phases: running, pure: true, doc, make };
}

const nameRow = { args: noArgs, pure: true } as const;

export const proxyFetches = [
  frontendRow("fe_conn", "connections open on a frontend", (fe) => fe.connections()),
  frontendRow("fe_req_rate", "HTTP requests a second on a frontend", (fe) => fe.requestRate()),
  frontendRow("fe_sess_rate", "new sessions a second on a frontend", (fe) => fe.sessionRate()),
  backendRow("be_conn", "connections open on a backend", (be) => be.connections()),
  backendRow("be_sess_rate", "new sessions a second on a backend", (be) => be.sessionRate()),
  backendRow("nbsrv", "servers of a backend that can take traffic", (be) => be.usableServers()),
  backendRow("queue", "requests waiting in a backend and its servers", (be) => be.queued()),
  backendRow("avg_queue", "requests waiting in a backend, a server", (be) => be.averageQueue()),
  backendRow(
    "connslots",
    "places left on a backend's servers and in their queues, -1 without limits",
    (be) => be.connectionSlots(),
  ),
  serverRow("srv_conn", "sint", "connections open on a server", (srv) => srv.connections()),
  serverRow("srv_queue", "sint", "requests waiting for a server", (srv) => srv.queued()),
  serverRow("srv_sess_rate", "sint", "new sessions a second on a server", (s) => s.sessionRate()),
  serverRow("srv_is_up", "bool", "whether a server can take traffic", (srv) => srv.isUp()),
  {
    ...nameRow,
    name: "fe_name",
    type: "str",
    phases: clientSession,
    doc: "name of the frontend",
    make: plain((cx) => cx.frontend.name),
  },
  {
    ...nameRow,
    name: "fe_id",
    type: "sint",
    phases: clientSession,
    doc: "numeric id of the frontend",
    make: plain((cx) => cx.frontend.id),
  },
  {
    ...nameRow,
    name: "be_name",
    type: "str",
    phases: backendChosen,
    doc: "name of the backend, the frontend's when none was chosen",
    make: plain((cx) => (cx.backend ?? cx.frontend).name),
  },
  {
    ...nameRow,
    name: "be_id",
    type: "sint",
    phases: backendChosen,
    doc: "numeric id of the backend, the frontend's when none was chosen",
    make: plain((cx) => (cx.backend ?? cx.frontend).id),
  },
  {
    ...nameRow,
    name: "srv_name",
    type: "str",
    phases: serverChosen,
    doc: "name of the server",
    make: plain((cx) => cx.server?.name),
  },
  {
    ...nameRow,
    name: "srv_id",
    type: "sint",
    phases: serverChosen,
    doc: "numeric id of the server",
    make: plain((cx) => cx.server?.id),
  },
] satisfies FetchSpec[];
