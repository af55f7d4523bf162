import type { BackendPlan } from "../config/backend_plan.ts";
import type { FrontendPlan } from "../config/frontend_plan.ts";
import type { Plan } from "../config/plan.ts";
import { declaredProxies } from "../proxy/declared_proxies.ts";
import type { BackendState } from "../state/backend_state.ts";
import { Counter } from "../state/counter.ts";
import type { ServerState } from "../state/server_state.ts";

/** HAProxy's answer to SIGHUP: the state of every server and proxy, a line each. */
export function serverDump(plan: Plan): string[] {
  return [
    "SIGHUP received, dumping servers states.",
    ...declaredProxies(plan).flatMap(({ name, frontend, backend }) => [
      ...(backend?.state.servers ?? []).map((server) => serverLine(name, server)),
      proxyLine(name, frontend, backend),
    ]),
  ];
}

function serverLine(proxy: string, server: ServerState): string {
  const word = server.operational === "stopped" ? "DOWN" : "UP";
  return `SIGHUP: Server ${proxy}/${server.name} is ${word}. Conn: ${server.connections()} act, ` +
    `${server.queue.length} pend, ${server.get(Counter.stot)} tot.`;
}

function proxyLine(
  name: string,
  frontend: FrontendPlan | undefined,
  backend: BackendPlan | undefined,
): string {
  const front = frontend?.state;
  const back = backend?.state;
  return `SIGHUP: Proxy ${name} ${capacity(back)} Conn: ` +
    `act(FE+BE): ${front?.connections() ?? 0}+${back?.connections() ?? 0}, ` +
    `${back?.queued() ?? 0} pend (${back?.queue.length ?? 0} unass), ` +
    `tot(FE+BE): ${front?.get(Counter.conn_tot) ?? 0}+${back?.get(Counter.stot) ?? 0}.`;
}

function capacity(backend: BackendState | undefined): string {
  if (!backend || backend.servers.length === 0) return "has no servers.";
  if (backend.active > 0) {
    return `has ${backend.active} active servers and ${backend.backup} backup servers available.`;
  }
  return backend.backup > 0 ? "is running on backup servers !" : "has no server available !";
}

/** What HAProxy says of each proxy when a soft stop ends it. */
export function stoppedLines(plan: Plan): string[] {
  return declaredProxies(plan).map(({ name, frontend, backend }) =>
    `Proxy ${name} stopped (cumulated conns: FE: ${frontend?.state.get(Counter.conn_tot) ?? 0}, ` +
    `BE: ${backend?.state.get(Counter.stot) ?? 0}).`
  );
}
