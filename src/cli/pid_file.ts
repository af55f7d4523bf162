import { renameSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";

/** Writes a process's number; whoever reads it meanwhile finds the old one or the new one. Throws. */
export function writePidFile(path: string, pid: number): void {
  const text = `${pid}\n`;
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } catch {
    rmSync(temporary, { force: true });
    // The folder may be another user's, or the file a device.
    writeFileSync(path, text);
  }
}
