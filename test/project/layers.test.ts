import { expect, test } from "bun:test";
import { Glob } from "bun";
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { project } from "../../scripts/project.ts";

/** The pure core: what the library is made of. It knows no socket, no native call and no runtime. */
const pure = ["lang", "rules", "config", "http", "table", "decide", "dns"];
/** Parts of other rooms that are as pure: who asks what a gateway would do asks its balancers. */
const pureParts = [
  "src/backend/named_server.ts",
  "src/backend/preview.ts",
  "src/backend/server_target.ts",
  "src/backend/balance/",
  "src/backend/persistence/",
];
/** The only rooms that may call libc. */
const native = ["net", "takeover", "metadata", "cli"];

interface Import {
  readonly file: string;
  readonly target: string;
}

const files = ["mod.ts", "src/**/*.ts", "ffi/**/*.ts"]
  .flatMap((pattern) => [...new Glob(pattern).scanSync(project.root)]).sort();

function importsOf(file: string): Import[] {
  const source = readFileSync(join(project.root, file), "utf8");
  const found: Import[] = [];
  for (const match of source.matchAll(/^(?:import|export)\s(type\s)?[^;]*?from\s+"([^"]+)"/gms)) {
    if (match[1]) continue;
    found.push({ file, target: match[2]! });
  }
  return found;
}

function roomOf(path: string): string {
  return path.startsWith("src/") ? path.split("/")[1]! : path.split("/")[0]!;
}

function resolved({ file, target }: Import): string {
  return normalize(join(dirname(file), target));
}

function isPure(path: string): boolean {
  return pure.includes(roomOf(path)) || pureParts.some((part) => path.startsWith(part));
}

test("the pure core imports no room outside of it but State's data", () => {
  const wrong: string[] = [];
  for (const file of files.filter(isPure)) {
    for (const entry of importsOf(file).filter(({ target }) => target.startsWith("."))) {
      const path = resolved(entry);
      if (!isPure(path) && roomOf(path) !== "state") wrong.push(`${file} -> ${entry.target}`);
    }
  }
  expect(wrong).toEqual([]);
});

test("the pure core uses neither sockets nor Bun", () => {
  const wrong: string[] = [];
  for (const file of files.filter((name) => isPure(name) || roomOf(name) === "state")) {
    const source = readFileSync(join(project.root, file), "utf8");
    if (/\bBun\.|\bDeno\.|from "(node:net|node:dgram|node:tls|node:http|bun)/.test(source)) {
      wrong.push(file);
    }
  }
  expect(wrong).toEqual([]);
});

test("libc is called from few rooms, and never from the library", () => {
  const wrong = files.filter((file) =>
    !native.includes(roomOf(file)) && roomOf(file) !== "ffi" &&
    importsOf(file).some((entry) =>
      entry.target.startsWith(".") && roomOf(resolved(entry)) === "ffi"
    )
  );
  expect(wrong).toEqual([]);
});

test("every file is reached from an entry", () => {
  const entries = ["mod.ts", "src/main.ts", "ffi/mod.ts"].filter((file) => files.includes(file));
  const reached = new Set<string>();
  const walk = (file: string) => {
    if (reached.has(file)) return;
    reached.add(file);
    const source = readFileSync(join(project.root, file), "utf8");
    for (const match of source.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)) {
      walk(normalize(join(dirname(file), match[1]!)));
    }
  };
  entries.forEach(walk);
  expect(entries).toContain("src/main.ts");
  expect(files.filter((file) => !reached.has(file))).toEqual([]);
});
