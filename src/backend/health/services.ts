import type { Connection, ConnectionHandler, Target } from "../../net/connection.ts";
import type { ServerState } from "../../state/server_state.ts";
import type { LogFormat } from "../../lang/log_format.ts";
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
  /** Renders the target of `http-check send uri-lf`. */
  readonly render: (format: LogFormat, server: ServerState) => string;
}

/** Where notices and alerts go. Levels are syslog's, 0 (emerg) to 7 (debug). */
export interface EventSink {
  /** `proxy`: the backend that it concerns, whose log targets get it; undefined for the process's. */
  event(level: number, text: string, proxy: string | undefined): void;
}
