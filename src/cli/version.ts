import process from "node:process";
import packageFile from "../../package.json" with { type: "json" };

export const { name, version, description } = packageFile;

/** One line: what this is, its version, and what it runs on. */
export function versionText(): string {
  const { bun, deno, node } = process.versions;
  const runtime = bun !== undefined
    ? `Bun ${bun}`
    : deno !== undefined
    ? `Deno ${deno}`
    : `Node ${node}`;
  return `${name} ${version} (${runtime}, ${process.platform} ${process.arch})`;
}

/** `sluice version`. */
export function versionCommand(): number {
  process.stdout.write(`${versionText()}\n`);
  return 0;
}
