import type { Diagnostic, Severity } from "../config/diagnostic.ts";
import type { DiagnosticCode } from "../config/diagnostic_code.ts";
import type { BackendPlan } from "../config/backend_plan.ts";
import type { Plan } from "../config/plan.ts";
import type { ServerPlan } from "../config/server_plan.ts";
import { Address } from "../lang/address.ts";
import { whyNotFrom } from "../net/open.ts";
import { resolveHost } from "../net/resolve.ts";
import type { ServerState } from "../state/server_state.ts";

/** What the names of servers stand for, and what is wrong with them. */
export interface PreparedServers {
  /** Undefined for a server that starts without an address. */
  readonly addresses: ReadonlyMap<ServerState, Address | undefined>;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Finds the address of every server that has a name instead (`init-addr`), and what the system has
 * against the sockets that connections to servers need.
 *
 * @param unresolved `allowed` lets every server start without an address, as `init-addr none` does
 */
export async function prepareServers(
  plan: Plan,
  unresolved: "allowed" | "by-server" = "by-server",
): Promise<PreparedServers> {
  const last = unresolved === "allowed" ? ["none" as const] : [];
  const addresses = new Map<ServerState, Address | undefined>();
  const diagnostics: Diagnostic[] = [];
  const lookups = new Map<string, Promise<Address | undefined>>();
  await Promise.all(
    serversOf(plan).map(async ([backend, server]) => {
      const say = (severity: Severity, code: DiagnosticCode, text: string) => {
        const message = `'server ${backend.name}/${server.name}' : ${text}`;
        diagnostics.push({ severity, code, at: server.at, message });
      };
      const { outgoing, shownSource } = server;
      const fault = outgoing && await whyNotFrom(outgoing, shownSource !== undefined);
      if (fault) say("error", "bad-source", fault);
      // One that follows its name goes on from where that led it, before a reload.
      if (!hasName(server) || (server.followed && server.state.isAtPlaceOf(server))) return;
      const ways = [...server.initialAddress, ...last];
      addresses.set(server.state, await addressOf(server, ways, lookups, say));
    }),
  );
  return { addresses, diagnostics };
}

function serversOf(plan: Plan): [BackendPlan, ServerPlan][] {
  return [...plan.backends.values()].flatMap((backend) =>
    backend.servers.map((server): [BackendPlan, ServerPlan] => [backend, server])
  );
}

function hasName({ address }: ServerPlan): boolean {
  return address.kind === "tcp" && !Address.parse(address.host);
}

/** Goes through the ways of `init-addr`. */
async function addressOf(
  server: ServerPlan,
  ways: ServerPlan["initialAddress"],
  lookups: Map<string, Promise<Address | undefined>>,
  say: (severity: Severity, code: DiagnosticCode, text: string) => void,
): Promise<Address | undefined> {
  const { host, family } = server.address as Extract<ServerPlan["address"], { kind: "tcp" }>;
  const failed = `could not resolve address '${host}'`;
  let looked = false;
  const fallBack = (text: string) => {
    if (looked) say("warning", "unresolved-name", `${failed}, ${text}`);
  };
  for (const way of ways) {
    switch (way) {
      case "last":
        // No file of states is read: the address of an earlier start is not known.
        continue;
      case "libc": {
        const found = await lookUp(host, family, lookups);
        if (found) return found;
        looked = true;
        continue;
      }
      case "none":
        fallBack("disabling server");
        return undefined;
      default:
        fallBack("falling back to configured address");
        return way;
    }
  }
  say("error", "unresolved-name", failed);
  return undefined;
}

function lookUp(
  host: string,
  family: 4 | 6 | undefined,
  lookups: Map<string, Promise<Address | undefined>>,
): Promise<Address | undefined> {
  const key = `${family} ${host}`;
  let lookup = lookups.get(key);
  if (!lookup) lookups.set(key, lookup = resolveHost(host, family));
  return lookup;
}
