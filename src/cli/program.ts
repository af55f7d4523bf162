import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import type { ConfigurationFormat } from "../config/source_file.ts";
import { usageLines } from "./haproxy_texts.ts";
import { description, versionText } from "./version.ts";

/** Options that several commands have. */
interface FileOptions {
  /** Configuration files, in order. */
  readonly file: readonly string[];
  readonly format?: ConfigurationFormat;
}

/** Commands say how they ended by a number: 0 well, 1 not. */
type Finish = (status: number) => void;

const formatOption = (): Option =>
  new Option("--format <format>", "spelling of the files, whatever their ending")
    .choices(["yaml", "haproxy"]);

function withFiles(command: Command): Command {
  return command
    .requiredOption("-f, --file <file...>", "configuration file; several make one configuration")
    .addOption(formatOption());
}

function addRun(program: Command, finish: Finish): void {
  withFiles(program.command("run"))
    .description("serve")
    .option("--watch", "load the configuration again when it changes, or a file that it names")
    .addOption(
      new Option(
        "--takeover [mode]",
        "take over from the process that runs; 'auto' starts without one",
      )
        .choices(["auto", "require"]).preset("auto"),
    )
    .addOption(instanceOption())
    .addOption(probationOption())
    .action(async (options: FileOptions & RunFlags) => {
      const { runCommand } = await import("./run.ts");
      const { file: files, watch = false, probation: probationMs, ...others } = options;
      finish(await runCommand({ ...others, files, watch, probationMs }));
    });
}

interface InstanceOptions {
  readonly instance?: string;
  readonly probation?: number;
}

interface RunFlags extends InstanceOptions {
  readonly watch?: boolean;
  readonly takeover?: "auto" | "require";
}

const instanceOption = (): Option =>
  new Option("--instance <name>", "name to find the process by; that of its files unless given");

const probationOption = (): Option =>
  new Option("--probation <ms>", "how long a new process serves before connections move to it")
    .argParser((text) => {
      if (/^\d{1,9}$/.test(text)) return Number(text);
      throw new InvalidArgumentError("It is a number of milliseconds.");
    });

function addUpgrade(program: Command, finish: Finish): void {
  program.command("upgrade")
    .requiredOption("-f, --file <file...>", "configuration files of the process that runs")
    .description(
      "replace the process that runs by a new one, connections and all; Ctrl-C ends only this command",
    )
    .option("--to <program>", "the executable to start; the one that runs unless given")
    .option("--dry-run", "try all that can fail, and keep the process that runs")
    .addOption(instanceOption())
    .addOption(probationOption())
    .action(
      async (
        options: Pick<FileOptions, "file"> & InstanceOptions & { to?: string; dryRun?: boolean },
      ) => {
        const { upgradeCommand } = await import("./upgrade.ts");
        const { file: files, to, dryRun = false, probation: probationMs, instance } = options;
        finish(await upgradeCommand({ files, to, dryRun, probationMs, instance }));
      },
    );
}

function addCheck(program: Command, finish: Finish): void {
  withFiles(program.command("check"))
    .description("say what is wrong with a configuration")
    .option("--json", "print the findings as JSON")
    .option("--strict", "count warnings as errors")
    .action(async (options: FileOptions & { json?: boolean; strict?: boolean }) => {
      const { checkCommand } = await import("./check.ts");
      finish(await checkCommand(options));
    });
}

function addConvert(program: Command, finish: Finish): void {
  withFiles(program.command("convert"))
    .description("print a configuration in the other spelling")
    .addOption(
      new Option("--to <format>", "the spelling to print; not that of the first file unless given")
        .choices(["yaml", "haproxy"]),
    )
    .action(async (options: FileOptions & { to?: ConfigurationFormat }) => {
      const { convertCommand } = await import("./convert.ts");
      finish(convertCommand(options));
    });
}

function addExplain(program: Command, finish: Finish): void {
  const gathered = (value: string, before: readonly string[] = []) => [...before, value];
  const command = program.command("explain")
    .description("say what would happen to a request, and why; nothing is sent")
    .argument("<method>")
    .argument("<url>", "an absolute URL, or a path");
  // One file an option: the method and the URL would be taken for more of them.
  command
    .requiredOption("-f, --file <file>", "configuration file; may be repeated", gathered)
    .addOption(
      new Option("--format <format>", "spelling of the files, whatever their ending")
        .choices(["yaml", "haproxy"]),
    )
    .option("--frontend <name>", "the frontend; that of the URL's port unless given")
    .option("-H, --header <line>", "a header, 'Name: value'; may be repeated", gathered, [])
    .option("-d, --data <body>", "the request's body")
    .option("--from <address>", "the client, with or without a port, or 'unix'")
    .option("--http <version>", "1.0 or 1.1")
    .option("--json", "print the decision as JSON")
    .action(async (method: string, url: string, options: FileOptions & { header: string[] }) => {
      const { explainCommand } = await import("./explain.ts");
      finish(explainCommand(method, url, options));
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
 * Runs the command that the arguments name, in the grammar of `sluice run` and its like.
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
    .version(versionText(), "--version")
    .addHelpText("after", () => `\nHAProxy's command line is answered as well.\n${usageLines()}`)
    .showSuggestionAfterError()
    .exitOverride();
  for (
    const add of [
      addRun,
      addUpgrade,
      addCheck,
      addExplain,
      addConvert,
      addKeywords,
      addSchema,
      addVersion,
    ]
  ) {
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
