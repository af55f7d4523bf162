import { Command, CommanderError, Option } from "commander";
import type { ConfigurationFormat } from "../config/load.ts";
import { description, versionText } from "./version.ts";

/** Options that several commands have. */
interface FileOptions {
  /** Configuration files, in order. */
  readonly file: readonly string[];
  readonly format?: ConfigurationFormat;
}

/** Commands say how they ended by a number: 0 well, 1 not. */
type Finish = (status: number) => void;

function withFiles(command: Command): Command {
  return command
    .requiredOption("-f, --file <file...>", "configuration file; several make one configuration")
    .addOption(
      new Option("--format <format>", "spelling of the files, whatever their ending")
        .choices(["yaml", "haproxy"]),
    );
}

function addRun(program: Command, finish: Finish): void {
  withFiles(program.command("run"))
    .description("serve")
    .option("--watch", "load the configuration again when a file of it changes")
    .action(async (options: FileOptions & { watch?: boolean }) => {
      const { runCommand } = await import("./run.ts");
      const { file: files, format, watch = false } = options;
      finish(await runCommand({ files, format, watch }));
    });
}

function addCheck(program: Command, finish: Finish): void {
  withFiles(program.command("check"))
    .description("say what is wrong with a configuration")
    .option("--json", "print the findings as JSON")
    .option("--strict", "count warnings as errors")
    .action(async (options: FileOptions & { json?: boolean; strict?: boolean }) => {
      const { checkCommand } = await import("./check.ts");
      finish(checkCommand(options));
    });
}

function addKeywords(program: Command, finish: Finish): void {
  program.command("keywords")
    .description("list keywords, fetches, converters, actions and options")
    .argument("[word]", "only what has this word in its name or description")
    .option("--json", "print the rows as JSON")
    .action(async (word: string | undefined, options: { json?: boolean }) => {
      const { keywordsCommand } = await import("./keywords.ts");
      finish(keywordsCommand(word, options));
    });
}

function addSchema(program: Command, finish: Finish): void {
  program.command("schema")
    .description("print the JSON Schema of the YAML configuration")
    .action(async () => {
      const { schemaCommand } = await import("./schema.ts");
      finish(schemaCommand());
    });
}

function addVersion(program: Command, finish: Finish): void {
  program.command("version")
    .description("print the version")
    .action(async () => {
      const { versionCommand } = await import("./version.ts");
      finish(versionCommand());
    });
}

/**
 * Runs the command that the arguments name.
 *
 * @param args without the program's own name
 * @returns the exit status: 0, or 1 for a failure, or 2 for arguments that make no sense
 */
export async function runProgram(args: readonly string[]): Promise<number> {
  let status = 0;
  const finish = (result: number) => {
    status = result;
  };
  const program = new Command("sluice")
    .description(description)
    .version(versionText(), "-v, --version")
    .showSuggestionAfterError()
    .exitOverride();
  for (const add of [addRun, addCheck, addKeywords, addSchema, addVersion]) {
    add(program, finish);
  }
  for (const command of program.commands) command.exitOverride();
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Asking for help or the version is no failure; anything else was a mistake of the caller.
    return error.exitCode === 0 ? 0 : 2;
  }
  return status;
}
