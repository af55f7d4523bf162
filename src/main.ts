import process from "node:process";
import { runProgram } from "./cli/program.ts";

// Without a top-level await, so that the executable can hold this as bytecode.
void runProgram(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
