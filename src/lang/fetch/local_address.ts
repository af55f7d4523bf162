import { networkInterfaces } from "node:os";
import { Address } from "../address.ts";

/** The list of interfaces is read again after this long. */
const listAgeMaxMs = 1000;

let readAt = -Infinity;
let own: ReadonlySet<string> | undefined;

/**
 * Whether a socket of this host may have the address: one of an interface, or any of 127.0.0.0/8.
 * Undefined where the runtime does not let the interfaces be seen.
 */
export function isLocalAddress(address: Address, now: number): boolean | undefined {
  if (address.family === 4 && address.d >>> 24 === 127) return true;
  if (Math.abs(now - readAt) > listAgeMaxMs) {
    own = readAddresses();
    readAt = now;
  }
  return own?.has(address.toString());
}

function readAddresses(): ReadonlySet<string> | undefined {
  try {
    const addresses = new Set<string>();
    for (const list of Object.values(networkInterfaces())) {
      for (const { address } of list ?? []) {
        const scope = address.indexOf("%");
        const bare = scope < 0 ? address : address.substring(0, scope);
        addresses.add(Address.parse(bare)?.toString() ?? bare);
      }
    }
    return addresses;
  } catch {
    return undefined;
  }
}
