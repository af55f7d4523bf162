import process from "node:process";
import type { CommandSpec } from "../command_spec.ts";
import type { ControlHost } from "../control_host.ts";
import { infoText } from "../info.ts";
import { countsText } from "../../takeover/progress.ts";

function environment(name: string | undefined): string {
  if (name !== undefined) {
    const value = process.env[name];
    return value === undefined ? "Variable not found\n" : `${name}=${value}\n`;
  }
  return Object.entries(process.env).map(([key, value]) => `${key}=${value}\n`).join("");
}

/** Commands about the process. */
export const processCommands: readonly CommandSpec[] = [
  {
    name: "show info",
    syntax: "show info [desc|json|typed|float]*",
    doc: "report information about the running process",
    level: "user",
    run: ({ args, host }) => infoText(host, args),
  },
  {
    name: "show version",
    syntax: "show version",
    doc: "show version of the current process",
    level: "user",
    run: ({ host }) => `${host.version}\n`,
  },
  {
    name: "show env",
    syntax: "show env [var]",
    doc: "dump environment variables known to the process",
    level: "operator",
    run: ({ args }) => environment(args[0]),
  },
  {
    name: "show upgrade",
    syntax: "show upgrade",
    doc: "report how a takeover by another process is doing, or the last one did",
    level: "user",
    run: ({ host }) => upgradeText(host),
  },
  {
    name: "show cli sockets",
    syntax: "show cli sockets",
    doc: "dump list of cli sockets",
    level: "user",
    run: ({ host }) =>
      "# socket lvl processes\n" +
      host.sockets.map(({ bind, level }) => `${socketName(bind.text)} ${level} all\n`).join(""),
  },
];

function upgradeText({ takeover }: ControlHost): string {
  if (!takeover) return "Phase: none\n";
  const { role, pid, phase, since, why, progress } = takeover;
  const { left, staying } = takeover.remainder();
  return [
    `Phase: ${phase}`,
    ...pid === 0 ? [] : [`${role === "gives" ? "Pid" : "From"}: ${pid}`],
    ...why === "" ? [] : [`Reason: ${why}`],
    ...progress.note === "" ? [] : [`Note: ${progress.note}`],
    `Since: ${since.toISOString()}`,
    `Moved: ${countsText(progress.counts) || 0}`,
    `Refused: ${countsText(progress.refusals) || 0}`,
    `Left: ${left}`,
    ...staying.size === 0 ? [] : [`Staying: ${countsText(staying)}`],
    `Longest_freeze_ms: ${progress.longestFreezeMs}`,
    `Freeze_p99_ms: ${progress.p99FreezeMs}`,
    "",
  ].join("\n");
}

/** As HAProxy names it: a path with its family. */
function socketName(text: string): string {
  return text.startsWith("/") ? `unix@${text}` : text;
}
