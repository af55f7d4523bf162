import type { ServerPlan } from "../../config/server_plan.ts";
import type { Address } from "../../lang/address.ts";
import { xxh64 } from "../../lang/converter/hash_xxh.ts";

/** A name made of a server's address, good until that changes. */
interface Made {
  readonly address: Address;
  readonly port: number;
  readonly name: string;
}

const made = new WeakMap<ServerPlan, Made>();

/**
 * A server's name in its backend's cookie: the one on its line, else one that several HAProxys make
 * alike of its address, its port and a secret (`cookie … dynamic`). Undefined where it has none.
 */
export function cookieOf(server: ServerPlan): string | undefined {
  const { cookie, cookieKey, state } = server;
  if (cookie !== undefined || cookieKey === undefined) return cookie;
  const { address, port } = state;
  if (!address) return undefined;
  const before = made.get(server);
  if (before?.address === address && before.port === port) return before.name;
  const name = dynamicCookie(cookieKey, address, port);
  made.set(server, { address, port, name });
  return name;
}

/** @param port may be any 32-bit number, as in HAProxy */
export function dynamicCookie(key: string, address: Address, port: number): string {
  const { family, a, b, c, d } = address;
  const words = family === 4 ? [d, port] : [a, b, c, d, port];
  return xxh64(key + words.map(bigEndian).join(""), 0n).toString(16).padStart(16, "0");
}

function bigEndian(word: number): string {
  return String.fromCharCode(word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255);
}
