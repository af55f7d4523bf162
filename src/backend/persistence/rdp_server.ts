import type { BackendPlan } from "../../config/backend_plan.ts";
import type { ServerPlan } from "../../config/server_plan.ts";
import type { Context } from "../../lang/context.ts";
import { readRdpCookie } from "../../lang/fetch/rdp_cookie_read.ts";

/**
 * The server whose address is in the client's RDP cookie (`persist rdp-cookie`), when it can be used:
 * `<address>.<port>.`, both numbers as a little-endian machine reads what is in network order.
 */
export function rdpServer(backend: BackendPlan, cx: Context): ServerPlan | undefined {
  if (backend.rdpCookie === undefined) return undefined;
  const cookie = readRdpCookie(cx.requestBuffer?.text ?? "", backend.rdpCookie);
  if (typeof cookie === "string") return undefined;
  const [, address, port] = /^([0-9]{1,10})\.([0-9]{1,5})\./.exec(cookie.value) ?? [];
  if (address === undefined) return undefined;
  const word = swap(Number(address));
  const service = swap(Number(port)) >>> 16;
  return backend.servers.find(({ state }) =>
    state.address?.family === 4 && state.address.d === word && state.port === service &&
    (state.operational !== "stopped" || backend.persistDown)
  );
}

/** Turns the order of a word's bytes round. */
function swap(word: number): number {
  return ((word & 255) << 24 | (word >>> 8 & 255) << 16 | (word >>> 16 & 255) << 8 |
    word >>> 24) >>>
    0;
}
