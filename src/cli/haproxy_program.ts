import process from "node:process";
import { HaproxyMessages } from "./haproxy_messages.ts";
import { parseHaproxyArguments } from "./haproxy_arguments.ts";
import type { HaproxySettings } from "./haproxy_settings.ts";
import { buildOptionLines, usageLines, versionLines } from "./haproxy_texts.ts";
import { writeStandard } from "./standard_streams.ts";
import { takeRole } from "./process_role.ts";

/**
 * Runs a command line in HAProxy's grammar.
 *
 * @returns the exit status, as HAProxy's
 */
export async function runHaproxy(args: readonly string[]): Promise<number> {
  const { role, serviceSockets } = takeRole();
  const parsed = parseHaproxyArguments(args);
  switch (parsed.kind) {
    case "usage":
      return usage();
    case "error":
      new HaproxyMessages({ quiet: false, verbose: false, diagnostics: false }).alert(
        parsed.message,
      );
      return 1;
    case "settings": {
      const messages = new HaproxyMessages(parsed.settings);
      if (!changeFolder(parsed.settings, messages)) return 1;
      return await act(parsed.settings, messages, async () => {
        const { runServing } = await import("./haproxy_serving.ts");
        return await runServing({
          settings: parsed.settings,
          messages,
          role,
          args,
          serviceSockets,
        });
      });
    }
    default:
      return parsed satisfies never;
  }
}

async function act(
  settings: HaproxySettings,
  messages: HaproxyMessages,
  serve: () => Promise<number>,
): Promise<number> {
  switch (settings.action) {
    case "version":
      writeStandard(1, versionLines());
      return 0;
    case "build-options":
      writeStandard(1, buildOptionLines());
      return 0;
    case "condition": {
      const { evaluateConfigurationCondition } = await import("../config/condition/evaluate.ts");
      const { conditionVariables } = await import("./condition_variables.ts");
      const environment = conditionVariables(settings);
      const result = evaluateConfigurationCondition(settings.condition, (key) => environment[key]);
      if (result.kind !== "error") return result.kind === "true" ? 0 : 1;
      messages.alert(`config : ${result.message}`);
      return 2;
    }
    case "check":
    case "serve":
      return settings.files.length === 0 ? usage() : await serve();
    default:
      return settings.action satisfies never;
  }
}

function usage(): number {
  writeStandard(1, versionLines());
  writeStandard(2, usageLines());
  return 1;
}

function changeFolder({ folder }: HaproxySettings, messages: HaproxyMessages): boolean {
  if (folder === undefined) return true;
  try {
    process.chdir(folder);
    return true;
  } catch {
    messages.alert(`Could not change to directory ${folder} : No such file or directory`);
    return false;
  }
}
