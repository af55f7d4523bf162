import type { BackendPlan } from "../../config/backend_plan.ts";
import type { ServerPlan } from "../../config/server_plan.ts";
import type { CheckReport } from "../../state/check_report.ts";
import { Counter } from "../../state/counter.ts";
import { CheckRun, type CheckTimeouts } from "./check_run.ts";
import { checkInterval } from "./interval.ts";
import { countObservation, type Observation } from "./observe.ts";

import type { CheckServices } from "./services.ts";
import { applyReport } from "./verdict.ts";

/** The health check of one server: probe, verdict, pause, and again, until it is stopped. */
export class ServerCheck {
  #current: CheckRun | undefined;
  #cancel: (() => void) | undefined;
  /** When the next one is due, ms since the epoch. */
  #dueAt = Infinity;
  #stopped = true;

  constructor(
    private readonly backend: BackendPlan,
    readonly server: ServerPlan,
    private readonly services: CheckServices,
  ) {}

  /** The first check comes after `delayMs`. */
  start(delayMs: number): void {
    this.#stopped = false;
    this.#schedule(delayMs);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#current?.stop();
    this.#current = undefined;
  }

  /** Checks at once instead of when it was due: the server has just left maintenance. */
  hasten(): void {
    if (!this.#stopped && !this.#current) this.#schedule(0);
  }

  /** Takes note of what traffic showed (`observe`, `error-limit`, `on-error`). */
  observe(seen: Observation): void {
    const { server, services } = this;
    const text = countObservation(server, seen);
    if (text === undefined || this.#stopped) return;
    const { state } = server;
    state.count(Counter.hanafail);
    const { rise } = server;
    switch (server.onError) {
      case "fastinter":
        break;
      case "sudden-death":
        if (state.health > rise) state.health = rise + 1;
        this.#apply({ status: "HANA", code: 0, info: text, durationMs: -1 });
        break;
      case "fail-check":
        this.#apply({ status: "HANA", code: 0, info: text, durationMs: -1 });
        break;
      case "mark-down":
        state.health = rise;
        this.#apply({ status: "HANA", code: 0, info: text, durationMs: -1 });
        break;
    }
    const { fastinterMs } = server;
    if (fastinterMs === undefined || this.#current) return;
    if (services.now() + fastinterMs < this.#dueAt) this.#schedule(fastinterMs);
  }

  #schedule(delayMs: number): void {
    this.#cancel?.();
    this.#dueAt = this.services.now() + delayMs;
    this.#cancel = this.services.schedule(delayMs, () => this.#run());
  }

  /** A server in maintenance is left alone; its turn comes again after the pause. */
  #run(): void {
    this.#cancel = undefined;
    if (this.server.state.admin === "maint") return this.#schedule(checkInterval(this.server));
    const { backend, server, services } = this;
    this.#current = new CheckRun(
      backend,
      server,
      this.#timeouts(),
      services,
      (report) => {
        this.#current = undefined;
        // Maintenance may have begun meanwhile: what was found then says nothing any more.
        if (server.state.admin !== "maint") this.#apply(report);
        if (!this.#stopped) this.#schedule(checkInterval(server));
      },
    );
  }

  #apply(report: CheckReport): void {
    const { server, backend, services } = this;
    applyReport(server.state, report, backend.logHealthChecks, services.events, services.now());
  }

  /** Without `timeout check` the interval bounds the whole check. */
  #timeouts(): CheckTimeouts {
    const { connectMs, checkMs } = this.backend.timeouts;
    const { interMs } = this.server;
    if (checkMs === undefined) return { connectMs: interMs, answerMs: undefined };
    return { connectMs: Math.min(connectMs ?? interMs, interMs), answerMs: checkMs };
  }
}
