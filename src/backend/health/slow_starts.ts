import type { ServerChange, ServerObserver } from "../../state/server_change.ts";
import type { ServerState } from "../../state/server_state.ts";
import type { Schedule } from "../schedule.ts";

/** Shortest step of slow start, and how many steps there are at most. */
const stepMsMin = 1000;
const stepsMax = 20;

/** Raises the weight of servers that have just come up, step by step over their `slowstart`. */
export class SlowStarts implements ServerObserver {
  #warming = new Map<ServerState, () => void>();

  constructor(private readonly schedule: Schedule, private readonly now: () => number) {}

  serverChanged({ server }: ServerChange): void {
    if (server.operational !== "starting") return this.#end(server);
    if (!this.#warming.has(server)) this.#next(server);
  }

  stop(): void {
    for (const cancel of this.#warming.values()) cancel();
    this.#warming.clear();
  }

  #next(server: ServerState): void {
    const stepMs = Math.max(stepMsMin, Math.floor(server.settings.slowstartMs / stepsMax));
    this.#warming.set(
      server,
      this.schedule(stepMs, () => {
        this.#next(server);
        if (server.warmUp(this.now())) this.#end(server);
      }),
    );
  }

  #end(server: ServerState): void {
    this.#warming.get(server)?.();
    this.#warming.delete(server);
  }
}
