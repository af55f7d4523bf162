import process from "node:process";

/** A stream of the process's, as far as its faults go. */
interface FaultyStream {
  on(event: "error", listener: (error: NodeJS.ErrnoException) => void): unknown;
}

/**
 * Keeps the process alive when nobody reads what it says, or there is no room for it: without a
 * listener, such an error would end it, with all that it serves. A reader that has seen enough
 * (`sluice schema | head`) is no failure; output that is lost is one of the command's.
 */
export function outliveOutputFaults(
  stdout: FaultyStream = process.stdout,
  stderr: FaultyStream = process.stderr,
): void {
  stdout.on("error", (error) => {
    if (error.code === "EPIPE") return;
    process.stderr.write(`sluice: cannot write to standard output: ${error.message}\n`);
    process.exitCode = 1;
  });
  stderr.on("error", () => {});
}
