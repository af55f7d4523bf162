// Builds the library for Node, dist/npm: one file of JavaScript, its types, and an npm tarball.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, normalize } from "node:path";
import process from "node:process";
import { project } from "./project.ts";

/** Packages that the code imports: who installs the library gets them with it. */
const dependencies = ["yaml"] as const;

/** Packages whose types it speaks: they have to be the app's own copy. */
const peers = ["hono"] as const;

interface Manifest {
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly engines: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Builds and packs; returns the tarball's path. Throws when a tool is not content. */
export function pack(folder: string = join(project.root, "dist", "npm")): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  bundle(folder);
  declarations(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest(), undefined, 2) + "\n");
  const packed = run(["npm", "pack", "--json", "--ignore-scripts"], folder);
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  return join(folder, filename);
}

function bundle(folder: string): void {
  run([
    process.execPath,
    "build",
    "mod.ts",
    "--target=node",
    "--format=esm",
    ...[...dependencies, ...peers].map((name) => `--external=${name}`),
    `--outfile=${join(folder, "mod.js")}`,
  ]);
  const code = readFileSync(join(folder, "mod.js"), "utf8");
  const imported = [...code.matchAll(/^(?:import|export)\b[^;]*?from\s*"([^"]+)"/gm)]
    .map(([, name]) => name!);
  const strangers = imported.filter((name) =>
    !name.startsWith("node:") && !dependencies.some((known) => name === known)
  );
  if (strangers.length > 0) throw new Error(`mod.js imports ${strangers.join(", ")}`);
}

/** The types of mod.ts and of all that it exports, beside the one file of code. */
function declarations(folder: string): void {
  const scratch = mkdtempSync(join(tmpdir(), "sluice-pack-"));
  try {
    const config = join(scratch, "tsconfig.json");
    const options = {
      extends: join(project.root, "tsconfig.json"),
      compilerOptions: {
        noEmit: false,
        declaration: true,
        emitDeclarationOnly: true,
        rewriteRelativeImportExtensions: true,
        stripInternal: true,
        rootDir: project.root,
        outDir: join(scratch, "types"),
        typeRoots: [join(project.root, "node_modules", "@types")],
      },
      include: [],
      files: [join(project.root, "mod.ts")],
    };
    writeFileSync(config, JSON.stringify(options));
    run([project.bin("tsc"), "-p", config]);
    copyReached(join(scratch, "types"), folder, "mod.d.ts");
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The compiler writes the types of every file; those that mod.ts speaks of go into the package. */
function copyReached(from: string, to: string, path: string, seen = new Set<string>()): void {
  if (seen.has(path)) return;
  seen.add(path);
  cpSync(join(from, path), join(to, path));
  const text = readFileSync(join(from, path), "utf8");
  for (const [, target] of text.matchAll(/(?:from|import\()\s*"(\.[^"]+)\.ts"/g)) {
    copyReached(from, to, normalize(join(dirname(path), `${target}.d.ts`)), seen);
  }
}

function manifest(): object {
  const own = JSON.parse(readFileSync(join(project.root, "package.json"), "utf8")) as Manifest;
  const { version, license, engines } = own;
  const versions = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, `^${own.dependencies[name]}`]));
  return {
    name: "@sluice/sluice",
    version,
    description: "HAProxy's ACL language for Hono apps: evaluate conditions, decide, mount rules.",
    license,
    type: "module",
    exports: { ".": { types: "./mod.d.ts", default: "./mod.js" } },
    engines,
    dependencies: versions(dependencies),
    peerDependencies: versions(peers),
  };
}

function run(command: readonly string[], cwd: string = project.root): string {
  const result = Bun.spawnSync([...command], { cwd, stdout: "pipe", stderr: "pipe" });
  if (result.exitCode === 0) return result.stdout.toString();
  const said = result.stderr.toString() + result.stdout.toString();
  throw new Error(`${command[0]} failed:\n${said}`);
}

if (import.meta.main) {
  const tarball = pack();
  console.log(`${tarball}: npm install it, or take ${dirname(tarball)} as it is`);
}
