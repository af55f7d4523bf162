import type { Connection, ConnectionHandler, Target } from "../../net/connection.ts";
import type { VariableKeeper } from "../../lang/transaction_variables.ts";
import type { Schedule } from "../schedule.ts";

/** What health checks need of the world; a test drives them with its own. */
export interface CheckServices {
  readonly connect: (target: Target, handler: ConnectionHandler) => Connection;
  readonly schedule: Schedule;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly events: EventSink;
  /** Name of this machine in `http-check send-state`. */
  readonly node: string;
  /** Keeps the variables of the process, `proc.x`. */
  readonly process: VariableKeeper;
}

/** Where notices and alerts go. Levels are syslog's, 0 (emerg) to 7 (debug). */
export interface EventSink {
  /** `proxy`: the backend that it concerns, whose log targets get it; undefined for the process's. */
  event(level: number, text: string, proxy: string | undefined): void;
}
