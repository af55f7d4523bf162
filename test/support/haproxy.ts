import { type Address, type GatewayProcess, startGateway } from "./child_process.ts";

/** Where the reference implementation is, or why the comparison with it cannot be made. */
export type Availability =
  | { readonly available: true; readonly path: string; readonly version: string }
  | { readonly available: false; readonly reason: string };

let found: Availability | undefined;

/** Looks for haproxy on the path; `HAPROXY_BIN` names another one. */
export function haproxyAvailable(): Availability {
  found ??= look();
  return found;
}

function look(): Availability {
  const path = process.env.HAPROXY_BIN ?? Bun.which("haproxy") ??
    Bun.which("haproxy", { PATH: "/usr/sbin" });
  if (path === null) {
    return { available: false, reason: "haproxy is not installed; nothing to compare with" };
  }
  const run = Bun.spawnSync([path, "-v"]);
  const version = /version (\S+)/.exec(run.stdout.toString())?.[1];
  if (version === undefined) return { available: false, reason: `${path} -v gives no version` };
  return { available: true, path, version };
}

/**
 * Runs haproxy on a configuration file until it accepts there. It binds all TCP sockets before those
 * with a path, and each kind in the order of the file.
 */
export function startHaproxy(file: string, at: Address): Promise<GatewayProcess> {
  const haproxy = haproxyAvailable();
  if (!haproxy.available) throw new Error(haproxy.reason);
  return startGateway({ name: "haproxy", command: [haproxy.path, "-db", "-f", file], at });
}
