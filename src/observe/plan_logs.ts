import type { LogTarget, Plan, ProxyPlan } from "../config/plan.ts";
import { AccessLog } from "./access_log.ts";
import type { LogDestinations } from "./log_destinations.ts";
import type { LogIdentity } from "./log_header.ts";
import { LogSender } from "./log_sender.ts";

const none: readonly LogSender[] = [];

/**
 * All logs of one Plan, open. The Plan after it opens its own before this one is closed, so that
 * what both name stays open in between.
 */
export class PlanLogs {
  readonly global: readonly LogSender[];
  #access = new Map<string, AccessLog>();
  #backends = new Map<string, readonly LogSender[]>();
  #listens = new Set<string>();
  #acquired: LogTarget["to"][] = [];

  /** Throws LogTargetError when a target can't be opened, and leaves nothing open then. */
  constructor(
    plan: Plan,
    private readonly destinations: LogDestinations,
    private readonly pid: number,
  ) {
    try {
      this.global = this.#open(plan.global.logs, plan, plan.global.logTag);
      for (const frontend of plan.frontends) {
        const senders = this.#open(frontend.logs, plan, frontend.logTag);
        this.#access.set(frontend.name, new AccessLog(frontend, senders));
        if (plan.backends.get(frontend.name)?.id === frontend.id) this.#listens.add(frontend.name);
      }
      for (const backend of plan.backends.values()) this.#openBackend(backend, plan);
    } catch (error) {
      void this.close();
      throw error;
    }
  }

  #openBackend(backend: ProxyPlan, plan: Plan): void {
    this.#backends.set(backend.name, this.#open(backend.logs, plan, backend.logTag));
  }

  /** The access log of a frontend of this Plan. */
  access(frontend: string): AccessLog {
    return this.#access.get(frontend)!;
  }

  /** Where lines about a backend go. */
  of(backend: string): readonly LogSender[] {
    return this.#backends.get(backend) ?? none;
  }

  /** The backend is the one half of a `listen` section. */
  isListen(backend: string): boolean {
    return this.#listens.has(backend);
  }

  /** Lets go of the targets; those that another Plan uses stay open. */
  async close(): Promise<void> {
    await Promise.all(this.#acquired.splice(0).map((to) => this.destinations.release(to)));
  }

  #open(targets: readonly LogTarget[], plan: Plan, tag: string | undefined): readonly LogSender[] {
    const identity: LogIdentity = {
      tag: tag ?? plan.global.logTag,
      hostname: plan.global.logHostname,
      pid: this.pid,
    };
    return targets.map((target) => {
      const destination = this.destinations.acquire(target.to);
      this.#acquired.push(target.to);
      return new LogSender(target, identity, destination);
    });
  }
}
