import process from "node:process";
import type { CommandSpec } from "../command_spec.ts";
import { infoText } from "../info.ts";

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
    name: "show cli sockets",
    syntax: "show cli sockets",
    doc: "dump list of cli sockets",
    level: "user",
    run: ({ host }) =>
      "# socket lvl processes\n" +
      host.sockets.map(({ bind, level }) => `${socketName(bind.text)} ${level} all\n`).join(""),
  },
];

/** As HAProxy names it: a path with its family. */
function socketName(text: string): string {
  return text.startsWith("/") ? `unix@${text}` : text;
}
