import { randomInt } from "node:crypto";
import process from "node:process";
import { HealthChecks } from "../backend/health/health_checks.ts";
import type { Observation } from "../backend/health/observe.ts";
import { SlowStarts } from "../backend/health/slow_starts.ts";
import { scheduleOnTimers } from "../backend/schedule.ts";
import { type Libc, libc } from "../../ffi/mod.ts";
import type { Plan } from "../config/plan.ts";
import type { ServerPlan } from "../config/server_plan.ts";
import { ControlSockets, type PreparedControl } from "../control/control_sockets.ts";
import { haproxyVersion } from "../config/haproxy_version.ts";
import { type OfferedSocket, offerSockets } from "../takeover/socket_offer.ts";
import { processFacts } from "../proxy/process_facts.ts";
import { onFault } from "../net/event_fault.ts";
import { openNameServer } from "../net/name_server.ts";
import { connectUnixDatagram } from "../net/unix_datagram.ts";
import { connect } from "../net/open.ts";
import { NameService } from "../dns/name_service.ts";
import type { Logged } from "../observe/access_log.ts";
import { type Console, EventLog } from "../observe/events.ts";
import { LogDestinations } from "../observe/log_destinations.ts";
import { level } from "../observe/log_level.ts";
import { PlanLogs } from "../observe/plan_logs.ts";
import { Gateway, type GatewayServices, type Inheritance } from "../proxy/gateway.ts";
import type { PreparedServers } from "../proxy/prepare_servers.ts";
import type { Stream } from "../proxy/stream.ts";
import { type StagedState, State } from "../state/state.ts";
import { name, version } from "./version.ts";

const messageIds = 65_536;

function randomId(): number {
  return randomInt(messageIds);
}

/**
 * A gateway with all that stands around its traffic: logs, health checks, slow starts. It goes from
 * Plan to Plan; what can fail is tried before the old one lets go of anything.
 */
export class GatewayProcess implements GatewayServices {
  readonly state = new State();
  readonly gateway: Gateway;
  readonly events: EventLog;
  readonly control: ControlSockets;
  readonly #destinations: LogDestinations;
  readonly #names: NameService;
  readonly #slowStarts = new SlowStarts(scheduleOnTimers, Date.now);
  #logs: PlanLogs | undefined;
  #nextLogs: PlanLogs | undefined;
  #checks: HealthChecks | undefined;

  /** Opens what the platform offers beside the runtime. */
  static async create(console: Console): Promise<GatewayProcess> {
    const native = await libc().catch(() => undefined);
    return new GatewayProcess(console, native);
  }

  private constructor(console: Console, native: Libc | undefined) {
    this.#destinations = new LogDestinations(
      native && ((path) => connectUnixDatagram(native, path)),
      (text) => console(level.warning, text),
    );
    this.events = new EventLog(Date.now, console);
    this.gateway = new Gateway(this.state, this);
    this.#names = new NameService(
      { open: openNameServer, schedule: scheduleOnTimers, now: Date.now, randomId },
      ({ backend, name }, text) => {
        const subject = text.startsWith("changed") ? "" : "Server ";
        this.events.event(level.notice, `${subject}${backend.name}/${name} ${text}.`, backend.name);
      },
    );
    this.control = new ControlSockets(
      this.gateway,
      `${haproxyVersion}-${name}-${version}`,
      (connection) => offerSockets(native, connection, this.#sockets()),
    );
    this.state.observe(this.#slowStarts);
    this.state.observe({ serverChanged: (change) => this.#checks?.serverChanged(change) });
    // Last, so that its lines know what the queues made of a change.
    this.state.observe(this.events);
    onFault((error, where) => this.#fault(error, where));
  }

  /**
   * Makes a Plan live. Throws what `Gateway.adopt` and the opening of logs throw; nothing changed then.
   *
   * @param inheritance of a process that this one takes over from; {@link accept} is the caller's then
   */
  async apply(
    plan: Plan,
    staged: StagedState,
    addresses: PreparedServers["addresses"],
    inheritance?: Inheritance,
  ): Promise<void> {
    const logs = new PlanLogs(plan, this.#destinations, process.pid);
    this.#nextLogs = logs;
    let control: PreparedControl | undefined;
    try {
      control = await this.control.prepare(plan, inheritance);
      await this.gateway.adopt(plan, staged, addresses, inheritance);
    } catch (error) {
      control?.undo();
      this.#nextLogs = undefined;
      await logs.close();
      throw error;
    }
    control.commit();
    if (!inheritance) await this.control.accept();
  }

  /** Accepts on every socket; throws the first error, when all were tried. */
  async accept(): Promise<void> {
    await this.gateway.accept();
    await this.control.accept();
  }

  /** Every socket that listens and was made here: one that was inherited belongs to whoever made it. */
  #sockets(): OfferedSocket[] {
    return [...this.gateway.listeners, ...this.control.listeners]
      .filter(({ fd, bind }) => fd >= 0 && bind.address.kind !== "fd")
      .map(({ fd, bind: { socket } }) => ({
        fd,
        interface: socket.interface ?? "",
        namespace: socket.namespace ?? "",
      }));
  }

  /** Opens log files again after a rotation. */
  reopenLogs(): void {
    this.#destinations.reopen();
  }

  log(stream: Stream, what: Logged): void {
    this.#logs?.access(stream.frontendPlan.name)?.log(stream, what);
  }

  observeServer(server: ServerPlan, seen: Observation): void {
    this.#checks?.observe(server, seen);
  }

  alert(text: string, backend: string): void {
    this.events.event(level.alert, text, backend);
  }

  planChanged(plan: Plan): void {
    const old = this.#logs;
    this.#logs = this.#nextLogs!;
    this.#nextLogs = undefined;
    this.events.use(this.#logs);
    this.#checks?.stop();
    this.#checks = new HealthChecks(plan, {
      connect,
      schedule: scheduleOnTimers,
      now: Date.now,
      events: this.events,
      node: plan.global.node,
      process: processFacts,
    });
    this.#checks.start();
    this.#names.use(plan);
    void old?.close();
  }

  draining(): void {
    this.control.stop();
  }

  async close(): Promise<void> {
    this.control.stop();
    this.control.closeAll();
    this.#checks?.stop();
    this.#names.stop();
    this.#slowStarts.stop();
    await this.#logs?.close();
  }

  /** A defect cost a connection: the operator learns of it, the process goes on. */
  #fault(error: unknown, where = "internal error"): void {
    const text = error instanceof Error ? error.stack ?? error.message : String(error);
    this.events.event(level.err, `${where}: ${text}`, undefined);
  }
}
