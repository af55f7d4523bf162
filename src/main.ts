import process from "node:process";
import { outliveOutputFaults } from "./cli/output_faults.ts";

/** HAProxy's flags have one hyphen; `sluice --help` and the commands are the rest. */
async function run(args: readonly string[]): Promise<number> {
  if (/^(-[^-h]|--$)/.test(args[0] ?? "")) {
    // It writes to descriptors itself: the runtime's streams would keep those of a daemon's starter.
    const { runHaproxy } = await import("./cli/haproxy_program.ts");
    return await runHaproxy(args);
  }
  outliveOutputFaults();
  const { runProgram } = await import("./cli/program.ts");
  return await runProgram(args);
}

// Without a top-level await, so that the executable can hold this as bytecode.
void run(process.argv.slice(2)).then((status) => {
  process.exitCode ||= status;
});
