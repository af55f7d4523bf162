import type { BackendPlan } from "../../config/backend_plan.ts";
import type { Plan } from "../../config/plan.ts";
import type { ServerPlan } from "../../config/server_plan.ts";
import type { ServerChange, ServerObserver } from "../../state/server_change.ts";
import type { ServerState } from "../../state/server_state.ts";
import type { Observation } from "./observe.ts";
import { ServerCheck } from "./server_check.ts";
import type { CheckServices } from "./services.ts";

/**
 * The health checks of one Plan. Health itself is State's: when a reload stops these and starts the
 * new Plan's, servers keep their counts and go on from there.
 */
export class HealthChecks implements ServerObserver {
  #checks = new Map<ServerState, ServerCheck>();

  constructor(
    private readonly plan: Pick<Plan, "backends">,
    private readonly services: CheckServices,
  ) {}

  /** Starts them spread evenly over the shortest interval, so that they don't come in bursts. */
  start(): void {
    const checked = checkedServers(this.plan);
    const shortestMs = Math.min(...checked.map(([, server]) => server.interMs));
    checked.forEach(([backend, server], i) => {
      const check = new ServerCheck(backend, server, this.services);
      this.#checks.set(server.state, check);
      check.start(Math.floor(Math.max(shortestMs, server.interMs) * i / checked.length));
    });
  }

  stop(): void {
    for (const check of this.#checks.values()) check.stop();
    this.#checks.clear();
  }

  /** For transactions to tell what they saw of a server. Costs nothing where `observe` is off. */
  observe(server: ServerPlan, seen: Observation): void {
    if (server.observe !== "none") this.#checks.get(server.state)?.observe(seen);
  }

  serverChanged({ server, kind }: ServerChange): void {
    if (kind === "maintenance-left" || kind === "resolved") this.#checks.get(server)?.hasten();
  }
}

function checkedServers(plan: Pick<Plan, "backends">): [BackendPlan, ServerPlan][] {
  const checked: [BackendPlan, ServerPlan][] = [];
  for (const backend of plan.backends.values()) {
    if (backend.disabled) continue;
    for (const server of backend.servers) if (server.check) checked.push([backend, server]);
  }
  return checked;
}
