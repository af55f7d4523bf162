import type { ServerPlan } from "../../config/server_plan.ts";
import type { ServerState } from "../../state/server_state.ts";
import { clock } from "../../net/clock.ts";
import { timers } from "../../net/timers.ts";
import type { ClientHttp1 } from "./client_http1.ts";
import type { ServerHttp1 } from "./server_http1.ts";

/** How often the estimate of a server's need follows what is used. */
const needIntervalMs = 1000;

/** The idle connections of one server. */
interface Idle {
  readonly links: ServerHttp1[];
  /** Those among them that are one client's own: nobody else needs them. */
  owned: number;
  /** Connections that were in use at once lately: as many as are worth keeping. */
  need: number;
  /** Reading of the clock at which `need` was lowered last. */
  loweredAt: number;
}

/**
 * Connections to servers that wait for the next request, by server; the most recent is used first.
 * No more are kept than were needed at once lately, and never more than `pool-max-conn`.
 */
export class IdleConnections {
  #byServer = new Map<ServerState, Idle>();

  /** Keeps a connection that has served an exchange, or closes it. */
  add(link: ServerHttp1): void {
    const { server } = link;
    const idle = this.#idleOf(server);
    const { links } = idle;
    if (link.addressChanges !== server.state.addressChanges) return link.close();
    closeStale(server.state, links);
    // The exchange that gives it back has left the server by now.
    const used = server.state.connections() + 1;
    if (used > idle.need) idle.need = used;
    else if (clock.now - idle.loweredAt > needIntervalMs) {
      idle.need = Math.max(used, (idle.need + used + 1) >> 1);
      idle.loweredAt = clock.now;
    }
    if (links.length - idle.owned + used > idle.need) return link.close();
    this.keep(link);
  }

  /** Keeps one whatever was needed: it is one client's own (`http-reuse never`, NTLM). */
  keep(link: ServerHttp1): void {
    const { server } = link;
    const { poolMaxConn, maxReuse } = server;
    const idle = this.#idleOf(server);
    const { links } = idle;
    if (poolMaxConn >= 0 && links.length >= poolMaxConn) return link.close();
    if (maxReuse >= 0 && link.uses > maxReuse) return link.close();
    links.push(link);
    idle.owned += ownedBy(link);
    timers.set(link, server.poolPurgeDelayMs);
  }

  /** Keeps one that another process had: it was worth keeping there. */
  takeIn(link: ServerHttp1): void {
    this.keep(link);
    const idle = this.#idleOf(link.server);
    idle.need = Math.max(idle.need, idle.links.length - idle.owned);
  }

  /** Has one back that it kept before. */
  putBack(link: ServerHttp1): void {
    const idle = this.#idleOf(link.server);
    idle.links.push(link);
    idle.owned += ownedBy(link);
  }

  #idleOf(server: ServerPlan): Idle {
    let idle = this.#byServer.get(server.state);
    if (!idle) {
      idle = { links: [], owned: 0, need: 1, loweredAt: clock.now };
      this.#byServer.set(server.state, idle);
    }
    return idle;
  }

  /** How many wait, and how many were needed at once lately. */
  countOf(server: ServerState): { readonly idle: number; readonly need: number } {
    const idle = this.#byServer.get(server);
    return { idle: idle?.links.length ?? 0, need: idle?.need ?? 0 };
  }

  remove(link: ServerHttp1): void {
    const idle = this.#byServer.get(link.server.state);
    const at = idle ? idle.links.lastIndexOf(link) : -1;
    if (at < 0) return;
    idle!.links.splice(at, 1);
    idle!.owned -= ownedBy(link);
  }

  /**
   * The connection used last of this key: where it goes, and what its PROXY protocol header has
   * announced, holds for every request on it. A `proven` one has already served two requests.
   */
  take(server: ServerPlan, key: string, kind: "any" | "proven"): ServerHttp1 | undefined {
    const links = this.#byServer.get(server.state)?.links;
    if (!links || links.length === 0) return undefined;
    closeStale(server.state, links);
    if (links.length === 0) return undefined;
    const last = links.at(-1)!;
    if (kind === "any" && last.poolKey === key && last.serves === "any client") return links.pop();
    return this.#pick(
      links,
      (link) =>
        link.poolKey === key && link.serves === "any client" && (kind === "any" || link.uses > 1),
    );
  }

  /** The connection that serves this client alone. */
  takeOf(server: ServerPlan, key: string, client: ClientHttp1): ServerHttp1 | undefined {
    const idle = this.#byServer.get(server.state);
    if (!idle || idle.owned === 0) return undefined;
    closeStale(server.state, idle.links);
    const link = this.#pick(
      idle.links,
      (link) => link.lastClient === client && link.poolKey === key && link.serves !== "any client",
    );
    if (link) idle.owned--;
    return link;
  }

  #pick(links: ServerHttp1[], fits: (link: ServerHttp1) => boolean): ServerHttp1 | undefined {
    const at = links.findLastIndex(fits);
    return at < 0 ? undefined : links.splice(at, 1)[0];
  }

  /** All that wait; those used last come last. */
  get links(): ServerHttp1[] {
    return [...this.#byServer.values()].flatMap(({ links }) => links);
  }

  /** Connections waiting, over all servers. */
  get size(): number {
    let size = 0;
    for (const { links } of this.#byServer.values()) size += links.length;
    return size;
  }

  closeAll(): void {
    for (const { links } of this.#byServer.values()) for (const link of links.slice()) link.close();
  }
}

function ownedBy(link: ServerHttp1): 0 | 1 {
  return link.serves === "any client" ? 0 : 1;
}

/** Closes what leads to where the server was before; all that wait are of one age. */
function closeStale(server: ServerState, links: readonly ServerHttp1[]): void {
  if (links.length === 0 || links[0]!.addressChanges === server.addressChanges) return;
  for (const link of links.slice()) link.close();
}
