import { type ControlLevel, controlLevels } from "../../config/control_plan.ts";
import { parseTime } from "../../config/quantity.ts";
import type { Answer, CommandSpec } from "../command_spec.ts";

/** A level may be given up, never taken: `operator` and `user`. */
function lower(to: ControlLevel, from: ControlLevel): Answer {
  return controlLevels.indexOf(from) < controlLevels.indexOf(to)
    ? "Permission denied\n"
    : { kind: "level", level: to };
}

function setTimeout([what, word]: readonly string[]): Answer {
  if (what !== "cli") return "'set timeout' only supports 'cli'.\n";
  if (word === undefined) return "Expects an integer value.\n";
  const time = parseTime(word, "s");
  if ("kind" in time || time.value < 1) return "Invalid timeout value.\n";
  return { kind: "timeout", ms: time.value };
}

/**
 * Commands about the client's own session.
 *
 * @param help the text about all commands
 */
export function sessionCommands(
  help: (words: readonly string[]) => string,
): readonly CommandSpec[] {
  return [
    {
      name: "help",
      syntax: "help [<command>]",
      doc: "list matching or all commands",
      level: "user",
      run: ({ args }) => help(["help", ...args]),
    },
    {
      name: "prompt",
      syntax: "prompt",
      doc: "toggle interactive mode with prompt",
      level: "user",
      run: () => ({ kind: "toggle-prompt" }),
    },
    {
      name: "quit",
      syntax: "quit",
      doc: "disconnect",
      level: "user",
      run: () => ({ kind: "quit" }),
    },
    {
      name: "operator",
      syntax: "operator",
      doc: "lower the level of the current CLI session to operator",
      level: "user",
      run: ({ session }) => lower("operator", session.level),
    },
    {
      name: "user",
      syntax: "user",
      doc: "lower the level of the current CLI session to user",
      level: "user",
      run: ({ session }) => lower("user", session.level),
    },
    {
      name: "show cli level",
      syntax: "show cli level",
      doc: "display the level of the current CLI session",
      level: "user",
      run: ({ session }) => `${session.level}\n`,
    },
    {
      name: "set timeout",
      syntax: "set timeout [cli] <delay>",
      doc: "change a timeout setting",
      level: "user",
      run: ({ args }) => setTimeout(args),
    },
    {
      name: "_getsocks",
      syntax: "_getsocks",
      doc: "pass the listening sockets to the process that asks",
      level: "user",
      hidden: true,
      run: () => ({ kind: "hand-over" }),
    },
  ];
}
