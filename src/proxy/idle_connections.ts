import type { ServerPlan } from "../config/plan.ts";
import type { ServerState } from "../state/server_state.ts";
import { timers } from "../net/timers.ts";
import type { ClientHttp1 } from "./client_http1.ts";
import type { ServerHttp1 } from "./server_http1.ts";

/** Connections to servers that wait for the next request, by server; the most recent is used first. */
export class IdleConnections {
  #byServer = new Map<ServerState, ServerHttp1[]>();

  /** Keeps a connection, unless its server keeps enough (`pool-max-conn`). */
  add(link: ServerHttp1): void {
    const { server } = link;
    let idle = this.#byServer.get(server.state);
    if (!idle) this.#byServer.set(server.state, idle = []);
    if (server.poolMaxConn >= 0 && idle.length >= server.poolMaxConn) return link.close();
    if (server.maxReuse >= 0 && link.uses > server.maxReuse) return link.close();
    idle.push(link);
    timers.set(link.timer, server.poolPurgeDelayMs);
  }

  remove(link: ServerHttp1): void {
    const idle = this.#byServer.get(link.server.state);
    const at = idle ? idle.lastIndexOf(link) : -1;
    if (at >= 0) idle!.splice(at, 1);
  }

  /** The connection used last; a `proven` one has already served two requests. */
  take(server: ServerPlan, kind: "any" | "proven"): ServerHttp1 | undefined {
    const idle = this.#byServer.get(server.state);
    if (!idle || idle.length === 0) return undefined;
    if (kind === "any") return idle.pop();
    return this.#pick(idle, (link) => link.uses > 1);
  }

  /** The connection that last served this client (`http-reuse never`). */
  takeOf(server: ServerPlan, client: ClientHttp1): ServerHttp1 | undefined {
    const idle = this.#byServer.get(server.state);
    return idle && this.#pick(idle, (link) => link.lastClient === client);
  }

  #pick(idle: ServerHttp1[], fits: (link: ServerHttp1) => boolean): ServerHttp1 | undefined {
    const at = idle.findLastIndex(fits);
    return at < 0 ? undefined : idle.splice(at, 1)[0];
  }

  /** Connections waiting, over all servers. */
  get size(): number {
    let size = 0;
    for (const idle of this.#byServer.values()) size += idle.length;
    return size;
  }

  closeAll(): void {
    for (const idle of this.#byServer.values()) for (const link of idle.slice()) link.close();
  }
}
