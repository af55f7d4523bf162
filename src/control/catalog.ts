import { listCommands } from "./command/list.ts";
import { processCommands } from "./command/process.ts";
import { proxyCommands } from "./command/proxy.ts";
import { resolversCommands } from "./command/resolvers.ts";
import { serverCommands } from "./command/server.ts";
import { sessionCommands } from "./command/session.ts";
import { CommandTable } from "./command_table.ts";
import { helpText } from "./help.ts";

/** Every runtime command, family by family. */
export const commandTable: CommandTable = new CommandTable([
  ...sessionCommands((words) => helpText(commandTable.commands, words)),
  ...processCommands,
  ...proxyCommands,
  ...serverCommands,
  ...resolversCommands,
  ...listCommands,
]);
