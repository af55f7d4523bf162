import type { FollowedName } from "../config/server_plan.ts";
import type { Address } from "../lang/address.ts";
import type { ServerState } from "../state/server_state.ts";
import { chooseAddress } from "./choice.ts";
import type { NameServer } from "./name_server.ts";
import type { Requester, Resolution } from "./resolution.ts";
import type { Status } from "./verdict.ts";

/** Told what became of a server's name, a clause of HAProxy's log. */
export type TellFollowed = (server: ServerState, text: string) => void;

/** Why a server goes to maintenance, in HAProxy's words. */
const causes: Readonly<Record<Status, string>> = {
  nx: "DNS NX status",
  timeout: "DNS timeout status",
  refused: "DNS refused status",
  other: "unspecified DNS error",
};
const noAddress = "No IP for server ";

/**
 * A server that goes where its name leads. Without an address it is in maintenance until the name
 * has one again; a bad answer counts when the last good one is older than `hold` allows.
 */
export class ServerFollower implements Requester {
  readonly #leave: () => void;

  constructor(
    private readonly followed: FollowedName,
    private readonly server: ServerState,
    private readonly tell: TellFollowed,
  ) {
    const { resolver, name, preference } = followed;
    this.#leave = resolver.follow(name, preference.family, this);
  }

  stop(): void {
    this.#leave();
  }

  answered(resolution: Resolution, by: NameServer | undefined): void {
    const { server, followed: { resolver, preference } } = this;
    const isTaken = (address: Address) => this.#isTaken(resolution, address);
    const found = chooseAddress(resolution.addresses, preference, server.address, isTaken);
    const now = resolver.now();
    if (!found) return server.unresolve(noAddress, now);
    if (!server.address?.equals(found)) {
      const source = by ? `${resolver.name}/${by.name}` : "DNS cache";
      const from = server.address ?? "(none)";
      if (by) by.counters.update++;
      server.setAddress(found, server.port);
      this.tell(server, `changed its IP from ${from} to ${found} by ${source}`);
    }
    if (server.resolve(now)) this.tell(server, "administratively READY thanks to valid DNS answer");
  }

  failed({ status, lastValid }: Resolution): void {
    if (status === "none" || status === "valid") return;
    const { resolver } = this.followed;
    const now = resolver.now();
    if (lastValid + resolver.settings.holdMs[status] <= now) {
      this.server.unresolve(causes[status], now);
    }
  }

  /** Another server of the backend that follows the same name has it. */
  #isTaken({ requesters }: Resolution, address: Address): boolean {
    for (const other of requesters) {
      if (!(other instanceof ServerFollower) || other === this) continue;
      const { backend, unresolved, address: taken } = other.server;
      if (backend === this.server.backend && !unresolved && taken?.equals(address)) return true;
    }
    return false;
  }
}
