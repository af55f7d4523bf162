import type { FrontendPlan } from "../../src/config/frontend_plan.ts";
import type { LogTarget, Plan } from "../../src/config/plan.ts";
import { Address } from "../../src/lang/address.ts";
import type { Context } from "../../src/lang/context.ts";
import type { LoggedContext } from "../../src/observe/access_log.ts";
import type { LogDestination } from "../../src/observe/log_destination.ts";

/** Keeps what was written. */
export class Kept implements LogDestination {
  dropped = 0;
  readonly lines: string[] = [];
  write(line: string): void {
    this.lines.push(line);
  }
  reopen(): void {}
  close(): Promise<void> {
    return Promise.resolve();
  }
}

export function target(parts: Partial<LogTarget> = {}): LogTarget {
  return {
    to: { kind: "stdout" },
    format: "raw",
    facility: 17,
    level: 7,
    minLevel: 0,
    length: 1024,
    sample: undefined,
    ...parts,
  };
}

/** A format that renders one fixed text. */
export function fixedFormat(text: string): FrontendPlan["logFormat"] {
  return { text, constant: text, render: () => text } as unknown as FrontendPlan["logFormat"];
}

export function frontend(parts: Partial<FrontendPlan> = {}): FrontendPlan {
  return {
    name: "fe",
    id: 2,
    mode: "http",
    logs: [],
    logTag: undefined,
    logFormat: fixedFormat("a line"),
    errorLogFormat: undefined,
    logOptions: { ignoreNull: false, ignoreNormal: false, separateErrors: false, early: false },
    ...parts,
  } as unknown as FrontendPlan;
}

export function plan(parts: {
  readonly frontends?: readonly FrontendPlan[];
  readonly backends?: readonly {
    readonly name: string;
    readonly id: number;
    readonly logs: readonly LogTarget[];
  }[];
  readonly logs?: readonly LogTarget[];
}): Plan {
  return {
    global: { logs: parts.logs ?? [], logTag: "sluice", logHostname: undefined },
    frontends: parts.frontends ?? [],
    backends: new Map((parts.backends ?? []).map((backend) => [backend.name, backend])),
  } as unknown as Plan;
}

export interface Ended {
  readonly status?: number;
  readonly retries?: number;
  readonly redispatched?: boolean;
  readonly state?: string;
  readonly logLevel?: string;
  readonly target?: string;
}

/** A finished transaction, as a log line reads it. */
export function ended(parts: Ended = {}): LoggedContext {
  const now = Date.UTC(2026, 10, 24, 3, 29, 29, 243);
  return {
    now,
    logLevel: parts.logLevel,
    client: {
      src: Address.parse("192.0.2.7"),
      srcPort: 4711,
      dst: Address.parse("2001:db8::1"),
      dstPort: 80,
      listenerId: 1,
    },
    frontend: { name: "fe", connections: () => 3 },
    backend: { name: "be", connections: () => 2 },
    server: { name: "s1", address: Address.parse("10.0.0.1"), connections: () => 1 },
    response: { status: parts.status ?? 200 },
    received: { method: "GET", target: parts.target ?? "/a?b=1", version: "HTTP/1.1" },
    requestCaptures: ["agent", undefined],
    responseCaptures: [],
    uniqueId: () => undefined,
    process: { connections: () => 4 },
    log: {
      timers: {
        startedAt: now,
        handshake: 0,
        idle: 1,
        request: 2,
        queue: 3,
        connect: 4,
        response: 5,
        active: 6,
        total: 7,
      },
      bytesToClient: 100,
      bytesFromClient: 50,
      terminationState: parts.state ?? "--",
      terminationStateCookie: `${parts.state ?? "--"}NI`,
      retries: parts.retries ?? 0,
      redispatched: parts.redispatched ?? false,
      serverQueue: 0,
      backendQueue: 1,
    },
  } as unknown as Context;
}
