import { type CheckReport, checkStatuses } from "../../state/check_report.ts";
import type { ChangeCause } from "../../state/server_change.ts";
import { Counter } from "../../state/counter.ts";
import type { ServerState } from "../../state/server_state.ts";
import { checkLine } from "./check_line.ts";
import type { EventSink } from "./services.ts";

const noticeLevel = 5;

/**
 * Moves a server's health by one result, and the server's state when the counter crosses `rise`.
 * A result that changes nothing is not logged.
 */
export function applyReport(
  server: ServerState,
  report: CheckReport,
  logged: boolean,
  events: EventSink,
  now: number,
): void {
  const before = server.report.status;
  server.report = report;
  const moved = count(server, report);
  if (logged && (moved || before !== report.status)) {
    events.event(noticeLevel, checkLine(server, report), server.backend.name);
  }
  const cause: ChangeCause = logged ? { kind: "logged" } : { kind: "health" };
  switch (checkStatuses[report.status].verdict) {
    case "failed":
      if (server.health < server.settings.rise) server.markDown(cause, now);
      return;
    case "passed":
      if (server.health >= server.settings.rise) server.markUp(cause, now);
      return;
    case "conditionally-passed":
      if (server.operational !== "stopped") server.markStopping(cause, now);
      return;
    case "unknown":
      return;
  }
}

/** True when the counter moved. Reaching `rise` fills it up, falling below empties it. */
function count(server: ServerState, report: CheckReport): boolean {
  const { rise, fall } = server.settings;
  const full = rise + fall - 1;
  if (checkStatuses[report.status].verdict === "failed") {
    if (server.health === 0) return false;
    server.count(Counter.chkfail);
    server.health--;
    if (server.health < rise) server.health = 0;
    return true;
  }
  server.consecutiveErrors = 0;
  if (server.health >= full) return false;
  server.health++;
  if (server.health >= rise) server.health = full;
  return true;
}
