import type { EventSink } from "../backend/health/services.ts";
import type { ServerChange, ServerObserver } from "../state/server_change.ts";
import { jsonEventLine } from "./json_log.ts";
import { level } from "./log_level.ts";
import type { LogSender } from "./log_sender.ts";
import type { PlanLogs } from "./plan_logs.ts";
import { serverLine } from "./server_lines.ts";

/** Where events are also shown to whoever started the process, as HAProxy does on its terminal. */
export type Console = (level: number, text: string) => void;

/**
 * The process's own log: servers going up and down, starts and stops. Lines about a backend go to
 * that backend's targets, the others to the global ones, those of the live Plan.
 */
export class EventLog implements EventSink, ServerObserver {
  #logs: PlanLogs | undefined;

  constructor(private readonly now: () => number, private readonly console?: Console) {}

  /** From now on events go where this Plan says. */
  use(logs: PlanLogs): void {
    this.#logs = logs;
  }

  event(eventLevel: number, text: string, proxy: string | undefined): void {
    this.console?.(eventLevel, printable(text));
    this.record(eventLevel, text, proxy);
  }

  /** For the targets alone: whoever started the process is told by others. */
  record(eventLevel: number, text: string, proxy: string | undefined): void {
    const logs = this.#logs;
    if (!logs) return;
    const line = printable(text);
    const senders = proxy === undefined ? logs.global : logs.of(proxy);
    for (const sender of senders) this.#send(sender, eventLevel, line);
  }

  serverChanged(change: ServerChange): void {
    const { backend } = change.server;
    const line = serverLine(change);
    if (line) this.event(line.level, line.text, backend.name);
    if (!change.lastOne) return;
    const word = this.#logs?.isListen(backend.name) ? "proxy" : "backend";
    this.event(level.emerg, `${word} ${backend.name} has no server available!`, backend.name);
  }

  #send(sender: LogSender, eventLevel: number, line: string): void {
    if (!sender.accepts(eventLevel)) return;
    const now = this.now();
    const json = sender.target.format === "json";
    sender.send(eventLevel, json ? jsonEventLine(eventLevel, line, now) : line, now);
  }
}

/** A server chooses its reason phrase: it must not be able to forge a line of the log. */
function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(
    /[\x00-\x1f\x7f]/g,
    (c) => `#${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}
