import type { BackendPlan } from "../config/backend_plan.ts";
import type { ServerPlan } from "../config/server_plan.ts";
import type { CommandCall } from "./command_spec.ts";

/** The server that a command names, or what HAProxy says when there is none. */
export type NamedServer =
  | { readonly kind: "found"; readonly backend: BackendPlan; readonly server: ServerPlan }
  | { readonly kind: "missing"; readonly answer: string };

/** The server named `backend/server`, with the words behind it left to the caller. */
export function namedServer({ args, host }: CommandCall): NamedServer {
  const missing = (answer: string): NamedServer => ({ kind: "missing", answer: `${answer}\n` });
  const [backendName, serverName] = args[0]?.split("/") ?? [];
  if (!backendName || !serverName) return missing("Require 'backend/server'.");
  const backend = host.gateway.plan.backends.get(backendName);
  if (!backend) return missing("No such backend.");
  const server = backend.servers.find(({ name }) => name === serverName);
  return server ? { kind: "found", backend, server } : missing("No such server.");
}

/** Runs a command on the server that it names. */
export function onServer(
  run: (server: ServerPlan, words: readonly string[], backend: BackendPlan, now: number) => string,
): (call: CommandCall) => string {
  return (call) => {
    const named = namedServer(call);
    if (named.kind === "missing") return named.answer;
    const now = call.host.gateway.state.clock.now();
    return run(named.server, call.args.slice(1), named.backend, now);
  };
}
