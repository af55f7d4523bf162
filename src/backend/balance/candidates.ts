import type { BackendState } from "../../state/backend_state.ts";
import type { ServerState } from "../../state/server_state.ts";

/**
 * The servers that may be chosen among now: the usable active ones; without any, the first usable
 * backup, or all of them under `option allbackups`. In the order of the list given.
 */
export class Candidates {
  list: readonly ServerState[] = [];
  #version = -1;

  constructor(
    private readonly backend: BackendState,
    private readonly servers: readonly ServerState[],
  ) {}

  /** Looks again when something has changed since; true when it did. */
  refresh(): boolean {
    if (this.#version === this.backend.version) return false;
    this.#version = this.backend.version;
    this.list = usable(this.servers, false);
    if (this.list.length === 0) {
      const backups = usable(this.servers, true);
      this.list = this.backend.allBackups ? backups : firstDeclared(backups, this.backend);
    }
    return true;
  }
}

function usable(servers: readonly ServerState[], backup: boolean): ServerState[] {
  return servers.filter((server) => server.settings.backup === backup && server.usable);
}

/** `servers` may be sorted in another way than they were declared. */
function firstDeclared(backups: ServerState[], backend: BackendState): ServerState[] {
  const left = new Set(backups);
  const first = backend.servers.find((server) => left.has(server)) ?? backups[0];
  return first ? [first] : [];
}
