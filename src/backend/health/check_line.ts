import { type CheckReport, checkStatuses } from "../../state/check_report.ts";
import type { ServerState } from "../../state/server_state.ts";

/** `, reason: …, check duration: 0ms`: what a check found, as HAProxy puts it after any state line. */
export function reportText(report: CheckReport): string {
  const { text, hasCode } = checkStatuses[report.status];
  let line = `, reason: ${text}`;
  if (hasCode) line += `, code: ${report.code}`;
  if (report.info !== "") line += `, info: "${report.info}"`;
  if (report.durationMs >= 0) line += `, check duration: ${report.durationMs}ms`;
  return line;
}

/** The line of `option log-health-checks` after a check has moved the counter. */
export function checkLine(server: ServerState, report: CheckReport): string {
  const { verdict } = checkStatuses[report.status];
  const outcome = verdict === "passed"
    ? "succeeded"
    : verdict === "conditionally-passed"
    ? "conditionally succeeded"
    : "failed";
  const { rise, fall, backup } = server.settings;
  const up = server.health >= rise;
  const count = up ? `${server.health - rise + 1}/${fall}` : `${server.health}/${rise}`;
  const word = !up ? "DOWN" : server.weight > 0 ? "UP" : "DRAIN";
  return `Health check for ${
    backup ? "backup " : ""
  }server ${server.backend.name}/${server.name} ` +
    `${outcome}${reportText(report)}, status: ${count} ${word}.`;
}
