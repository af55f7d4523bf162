/** Where a runtime or a gateway tells a Hono app of the client; one row for each that is known. */
const sources: readonly ((env: Record<string, unknown>, request: Request) => unknown)[] = [
  // Sluice's own `module` files.
  (env) => env.remoteAddress,
  // Deno: what its server gives a handler beside the request.
  (env) => property(env.remoteAddr, "hostname"),
  // Node's adapter of Hono.
  (env) => property(property(env.incoming, "socket"), "remoteAddress"),
  // Bun: its server itself, or `{ server }`.
  (env, request) => requestIp(env, request) ?? requestIp(env.server, request),
];

/** The client's address as the runtime tells it; undefined where it doesn't. */
export function clientAddress(env: unknown, request: Request): string | undefined {
  if (typeof env !== "object" || env === null) return undefined;
  for (const read of sources) {
    const address = read(env as Record<string, unknown>, request);
    if (typeof address === "string" && address !== "") return plainAddress(address);
  }
  return undefined;
}

/** An IPv4 client on an IPv6 socket is an IPv4 client; a zone belongs to this machine only. */
function plainAddress(address: string): string {
  return address.replace(/%.*$/, "").replace(/^::ffff:(?=[0-9.]+$)/i, "");
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function requestIp(server: unknown, request: Request): unknown {
  if (typeof server !== "object" || server === null || !("requestIP" in server)) return undefined;
  const { requestIP } = server as { requestIP: unknown };
  if (typeof requestIP !== "function") return undefined;
  return property(requestIP.call(server, request), "address");
}
