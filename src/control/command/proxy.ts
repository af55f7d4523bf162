import { Address } from "../../lang/address.ts";
import type { BackendPlan } from "../../config/backend_plan.ts";
import { type CheckStatus, checkStatuses, type CheckVerdict } from "../../state/check_report.ts";
import type { OperationalState, ServerState } from "../../state/server_state.ts";
import type { CommandCall, CommandSpec } from "../command_spec.ts";
import { statText } from "../stat.ts";

/** Version of the form, which state files begin with. */
const stateVersion = "1";
const stateColumns = "be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state " +
  "srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result " +
  "srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn " +
  "srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port";

/** HAProxy's numbers. */
const operationalNumbers: Readonly<Record<OperationalState, number>> = {
  stopped: 0,
  starting: 1,
  running: 2,
  stopping: 3,
};
const verdictNumbers: Readonly<Record<CheckVerdict, number>> = {
  "unknown": 0,
  "failed": 2,
  "passed": 3,
  "conditionally-passed": 4,
};
const statusNumbers: Readonly<Record<CheckStatus, number>> = {
  UNK: 0,
  INI: 1,
  HANA: 4,
  SOCKERR: 5,
  L4OK: 6,
  L4TOUT: 7,
  L4CON: 8,
  L6OK: 9,
  L6TOUT: 10,
  L6RSP: 11,
  L7TOUT: 12,
  L7RSP: 13,
  L7OK: 15,
  L7OKC: 16,
  L7STS: 17,
};
/** Configured and enabled; and paused. */
const checkedState = 6;
const pausedState = 8;
const forcedMaintenance = 1;
const configuredMaintenance = 4;
const forcedDrain = 8;
const unresolvedMaintenance = 32;

/** The backends that the words name, all without any; undefined when there is no such one. */
function chosen({ args, host }: CommandCall): readonly BackendPlan[] | undefined {
  const { backends } = host.gateway.plan;
  if (args[0] === undefined) return [...backends.values()];
  const backend = backends.get(args[0]);
  return backend && [backend];
}

function adminNumber(server: ServerState): number {
  return (server.forcedToRest ? forcedMaintenance : 0) +
    (server.unresolved ? unresolvedMaintenance : 0) +
    (server.settings.disabled ? configuredMaintenance : 0) +
    (server.draining ? forcedDrain : 0);
}

/** The name that it is followed by, or was found by at start. */
function hostName({ address }: ServerState["settings"]): string {
  return address.kind === "tcp" && !Address.parse(address.host) ? address.host : "-";
}

/** The checks of a server in maintenance rest; one without any is paused by its line alone. */
function checkState({ settings, admin }: ServerState): number {
  const paused = settings.check ? admin === "maint" : settings.disabled;
  return (settings.check ? checkedState : 0) + (paused ? pausedState : 0);
}

function stateLine(backend: BackendPlan, server: ServerState, now: number): string {
  const { settings, report } = server;
  const { kind } = settings.address;
  return [
    backend.id,
    backend.name,
    server.id,
    server.name,
    server.address ?? "-",
    operationalNumbers[server.operational],
    adminNumber(server),
    server.weight,
    settings.weight,
    Math.floor((now - server.lastChange) / 1000),
    statusNumbers[report.status],
    verdictNumbers[checkStatuses[report.status].verdict],
    server.health,
    checkState(server),
    0,
    0,
    0,
    hostName(settings),
    kind === "tcp" ? server.port : 0,
    "-",
    0,
    0,
    "-",
    "-",
    0,
  ].join(" ") + "\n";
}

function serversState(call: CommandCall): string {
  const backends = chosen(call);
  if (!backends) return "Can't find backend.\n";
  const now = call.host.gateway.state.clock.now();
  const lines = backends.flatMap((backend) =>
    backend.servers.map(({ state }) => stateLine(backend, state, now))
  );
  return `${stateVersion}\n# ${stateColumns}\n${lines.join("")}`;
}

/** The largest values are the operator's to forget, all the rest only the administrator's. */
function clearCounters({ args, host, session }: CommandCall): string {
  const all = args[0] === "all";
  if (all && session.level !== "admin") return "Permission denied\n";
  const { frontends, backends } = host.gateway.state;
  const servers = [...backends.values()].flatMap((backend) => backend.servers);
  for (const counted of [...frontends.values(), ...backends.values(), ...servers]) {
    if (all) counted.clearCounters();
    else counted.clearMaxima();
  }
  return "";
}

/** Commands about proxies and their counters. */
export const proxyCommands: readonly CommandSpec[] = [
  {
    name: "show backend",
    syntax: "show backend",
    doc: "list backends in the current running config",
    level: "user",
    run: ({ host }) =>
      "# name\n" + [...host.gateway.plan.backends.keys()].map((name) => `${name}\n`).join(""),
  },
  {
    name: "show stat",
    syntax: "show stat [json|no-maint|typed|up]*",
    doc: "report counters for each proxy and server",
    level: "user",
    run: statText,
  },
  {
    name: "clear counters",
    syntax: "clear counters [all]",
    doc: "clear max statistics counters (or all counters)",
    level: "operator",
    run: clearCounters,
  },
  {
    name: "show servers state",
    syntax: "show servers state [<backend>]",
    doc: "dump volatile server information (all or for a single backend)",
    level: "user",
    run: serversState,
  },
];
