import { readFileSync, readlinkSync, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import process from "node:process";

let noted: string | undefined;

/**
 * Notes where this program lies, to be called before anybody can have moved it: later on the kernel
 * tells the path that the file has by then, or one of a file that is gone. It is the path that it was
 * started by, so that a symbolic link in it leads to what it leads to by the time of the next start.
 */
export function noteOwnProgram(): void {
  noted ??= startedBy(process.cwd(), process.env.PATH ?? "") ?? process.execPath;
}

/** The words that run this program, as it is on disk now: the executable alone, or a runtime and its script. */
export function ownCommand(): readonly string[] {
  const script = process.argv[1]!;
  const compiled = script.startsWith("/$bunfs/") || script.startsWith("B:\\~BUN\\");
  const program = noted ?? process.execPath;
  return compiled ? [program] : [program, ...process.execArgv, script];
}

/** Undefined where the first word of the command line names another file, as `exec -a` makes it. */
function startedBy(folder: string, path: string): string | undefined {
  // Deno gives its own permissions to a child only where it finds its own path in the command.
  if (process.platform !== "linux" || typeof Bun === "undefined") return undefined;
  try {
    const [word = ""] = readFileSync("/proc/self/cmdline", "utf8").split("\0");
    const candidates = word.includes("/")
      ? [resolve(folder, word)]
      : path.split(delimiter).map((each) => resolve(folder, join(each, word)));
    const found = candidates.find(isThisProgram);
    // Whoever has replaced it already has put another one there.
    return found ?? readlinkSync("/proc/self/exe").replace(/ \(deleted\)$/, "");
  } catch {
    return undefined;
  }
}

function isThisProgram(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return false;
  const own = statSync("/proc/self/exe");
  return found.dev === own.dev && found.ino === own.ino;
}
