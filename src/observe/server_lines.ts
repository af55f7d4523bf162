import { reportText } from "../backend/health/check_line.ts";
import type { ServerChange } from "../state/server_change.ts";
import { level } from "./log_level.ts";

/** A state line and its level. */
export interface StateLine {
  readonly level: number;
  readonly text: string;
}

/** What HAProxy logs about a change of a server; undefined for changes that it keeps to itself. */
export function serverLine(change: ServerChange): StateLine | undefined {
  const { server, kind } = change;
  const name = `${server.settings.backup ? "Backup " : ""}Server ` +
    `${server.backend.name}/${server.name}`;
  switch (kind) {
    case "down":
      return { level: level.alert, text: `${name} is DOWN${cause(change)}${left(change)}` };
    case "up":
      return { level: level.notice, text: `${name} is UP${cause(change)}${online(change)}` };
    case "stopping":
      return { level: level.notice, text: `${name} is stopping${cause(change)}${online(change)}` };
    case "maintenance": {
      const text = `${name} is going DOWN for maintenance${reason(change)}${left(change)}`;
      return { level: change.wasUsable ? level.alert : level.notice, text };
    }
    case "maintenance-while-down":
      return notice(`${name} was DOWN and now enters maintenance${reason(change)}.`);
    case "maintenance-left":
      return notice(
        `${name} is UP/${server.draining ? "DRAIN" : "READY"} (leaving forced maintenance).`,
      );
    case "maintenance-left-unresolved":
      return notice(`${name} is leaving forced maintenance but remains in maintenance.`);
    case "resolved": {
      const word = server.draining ? "DRAIN" : "READY";
      return notice(`${name} (${hostText(change)}) is UP/${word} (resolves again).`);
    }
    case "resolved-in-maintenance":
      return notice(`${name} (${hostText(change)}) resolves again but remains in maintenance.`);
    case "drain":
      return notice(`${name} enters drain state${online(change)}`);
    case "drain-while-down":
      return notice(`${name} enters drain state${left(change)}`);
    case "drain-left":
      return notice(
        `${name} is ${server.operational === "stopped" ? "DOWN" : "UP"} (leaving forced drain).`,
      );
    case "drain-kept":
      return notice(`${name} remains in forced drain mode.`);
    case "weight":
      return undefined;
  }
}

function notice(text: string): StateLine {
  return { level: level.notice, text };
}

function cause({ server, cause }: ServerChange): string {
  switch (cause?.kind) {
    case "health":
      return reportText(server.report);
    case "command":
      return ", changed from CLI";
    case "resolution":
    case "logged":
    case undefined:
      return "";
  }
}

function reason({ cause }: ServerChange): string {
  return cause?.kind === "resolution" ? ` (${cause.why})` : "";
}

function hostText({ server: { settings: { address } } }: ServerChange): string {
  return address.kind === "tcp" ? `'${address.host}'` : "''";
}

function left(change: ServerChange): string {
  const { server, requeued } = change;
  return `${capacity(change)} backup servers left.${onBackup(change)} ` +
    `${server.connections()} sessions active, ${requeued} requeued, ` +
    `${server.queue.length} remaining in queue.`;
}

function online(change: ServerChange): string {
  const { server, requeued } = change;
  return `${capacity(change)} backup servers online.${onBackup(change)} ` +
    `${requeued} sessions requeued, ${server.queue.length} total in queue.`;
}

function capacity({ server: { backend } }: ServerChange): string {
  return `. ${backend.active} active and ${backend.backup}`;
}

function onBackup({ server: { backend } }: ServerChange): string {
  return backend.backup > 0 && backend.active === 0 ? " Running on backup." : "";
}
