import process from "node:process";
import { outliveOutputFaults } from "./cli/output_faults.ts";

/** HAProxy's flags have one hyphen; `sluice --help` and the commands are the rest. */
async function run(args: readonly string[]): Promise<number> {
  if (/^(-[^-h]|--$)/.test(args[0] ?? "")) {
    const { runHaproxy } = await import("./cli/haproxy_program.ts");
    return await runHaproxy(args);
  }
  const { runProgram } = await import("./cli/program.ts");
  return await runProgram(args);
}

outliveOutputFaults();
// Without a top-level await, so that the executable can hold this as bytecode.
void run(process.argv.slice(2)).then((status) => {
  process.exitCode ||= status;
});
