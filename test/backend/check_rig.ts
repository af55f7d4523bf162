import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { HealthChecks } from "../../src/backend/health/health_checks.ts";
import type { CheckServices } from "../../src/backend/health/services.ts";
import { RequestQueues } from "../../src/backend/queue.ts";
import { SlowStarts } from "../../src/backend/health/slow_starts.ts";
import type { BackendPlan } from "../../src/config/backend_plan.ts";
import type { ServerPlan } from "../../src/config/server_plan.ts";
import { connect } from "../../src/net/open.ts";
import { EventLog } from "../../src/observe/events.ts";
import { ManualTime } from "./manual_time.ts";
import { makeBackend } from "./plans.ts";

/** What a checked server does with a connection. */
export type Behaviour = (socket: Socket) => void;

/** Answers any request with these bytes and closes. */
export function answering(raw: string): Behaviour {
  return (socket) => socket.once("data", () => socket.end(Buffer.from(raw, "latin1")));
}

/** A real server whose behaviour the test changes; while it is down its port refuses. */
export class Target {
  port = 0;
  behaviour: Behaviour = (socket) => socket.end();
  readonly received: string[] = [];
  #server: Server | undefined;
  #sockets = new Set<Socket>();

  async up(): Promise<void> {
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("data", (bytes) => this.received.push(bytes.toString("latin1")));
      this.behaviour(socket);
    });
    await new Promise<void>((done) => server.listen(this.port, "127.0.0.1", done));
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    if (server) await new Promise<void>((done) => server.close(() => done()));
  }
}

export interface RigParts {
  readonly targets: readonly Target[];
  readonly server?: Partial<ServerPlan>;
  readonly servers?: readonly Partial<ServerPlan>[];
  readonly backend?: Partial<BackendPlan>;
}

/** Health checks over real sockets in driven time, with the lines that they log. */
export class CheckRig {
  readonly time = new ManualTime();
  readonly lines: string[] = [];
  readonly backend: BackendPlan;
  readonly checks: HealthChecks;
  readonly queues: RequestQueues = new RequestQueues(this.time.schedule);
  #open = 0;
  #idle: (() => void)[] = [];

  constructor(parts: RigParts) {
    const events = new EventLog(
      () => this.time.at,
      (level, text) => this.lines.push(`<${level}>${text}`),
    );
    const services: CheckServices = {
      connect: (target, handler) => {
        this.#open++;
        const { onClose } = handler;
        handler.onClose = (error) => {
          onClose.call(handler, error);
          this.#open--;
          if (this.#open === 0) { for (const wake of this.#idle.splice(0)) wake(); }
        };
        return connect(target, handler);
      },
      schedule: this.time.schedule,
      now: () => this.time.at,
      events,
      node: "node1",
      process: { variables: undefined },
    };
    const observers = [
      this.queues,
      new SlowStarts(this.time.schedule, () => this.time.at),
      {
        serverChanged: (change: Parameters<EventLog["serverChanged"]>[0]) =>
          this.checks.serverChanged(change),
      },
      events,
    ];
    this.backend = makeBackend({
      clock: this.time,
      observers,
      servers: parts.targets.map(({ port }, i) => ({
        name: `s${i + 1}`,
        check: true,
        address: { kind: "tcp", host: "127.0.0.1", port, portOffset: false },
        ...parts.server,
        ...parts.servers?.[i],
      })),
      plan: parts.backend,
    });
    this.checks = new HealthChecks({ backends: new Map([["be", this.backend]]) }, services);
  }

  /** Lets time pass, then waits until every check that it started has its result. */
  async pass(ms: number): Promise<string[]> {
    this.time.advance(ms);
    await this.settled();
    return this.lines.splice(0);
  }

  settled(): Promise<void> {
    return this.#open === 0 ? Promise.resolve() : new Promise((done) => this.#idle.push(done));
  }
}
