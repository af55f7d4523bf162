// The one script that runs on Node: installs what is locked, Bun included, and hands over to Bun.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [command, ...args] = process.argv.slice(2);

install();
const bun = findBun();
const run = spawn(bun, [join(root, "scripts", `${command}.ts`), ...args], {
  cwd: root,
  stdio: "inherit",
});
// Whoever ends this process means the one that works; it ends in its own time, with what it has started.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => run.kill(signal));
}
run.on("exit", (status, signal) => process.exit(status ?? 128 + constants.signals[signal]));

/** Installs unless node_modules was made from this very lock file. */
function install() {
  const lock = createHash("sha256").update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const mark = join(root, "node_modules", ".sluice-lock");
  if (existsSync(mark) && readFileSync(mark, "utf8") === lock) return;
  console.error("Installing what package-lock.json names …");
  // `npm ci` refuses a lock without the platform packages that this registry lacks.
  const npm = spawnSync("npm", [
    "install",
    "--no-save",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (npm.status !== 0) process.exit(npm.status ?? 1);
  mkdirSync(join(root, "node_modules"), { recursive: true });
  writeFileSync(mark, lock);
}

/** Bun's package puts its binary in place by an install script, which npm may have left out. */
function findBun() {
  const placed = join(root, "node_modules", "bun", "bin", "bun.exe");
  if (works(placed)) return placed;
  const platforms = join(root, "node_modules", "@oven");
  for (const name of existsSync(platforms) ? readdirSync(platforms) : []) {
    const binary = join(platforms, name, "bin", "bun");
    if (works(binary)) return binary;
  }
  spawnSync(process.execPath, ["install.js"], {
    cwd: join(root, "node_modules", "bun"),
    stdio: "ignore",
  });
  if (works(placed)) return placed;
  console.error("Bun could not be installed for this platform: see the output of 'npm install'");
  process.exit(1);
}

function works(binary) {
  return existsSync(binary) && spawnSync(binary, ["--version"], { stdio: "ignore" }).status === 0;
}
