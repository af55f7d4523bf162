import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { explain, type ExplainOptions, type Explanation } from "../../src/cli/explain.ts";

const folder = join(dirname(fileURLToPath(import.meta.url)), "golden");
const updates = process.env.UPDATE_GOLDEN === "1";

/** A request of a case, as the command line gives it. */
interface Request extends Partial<Omit<ExplainOptions, "file">> {
  readonly method: string;
  readonly url: string;
}

/** Runs in the case's folder, so that places read `site.yaml:3` wherever the tests run. */
function explainIn(path: string, { method, url, ...options }: Request): Explanation {
  const before = process.cwd();
  process.chdir(path);
  try {
    const all = { header: [], ...options, file: ["site.yaml"] };
    return explain(method, url, all, (_tone, text) => text);
  } finally {
    process.chdir(before);
  }
}

function ascii(json: string): string {
  return json.replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Each case is a folder: site.yaml, requests.json, and what they print in expected.txt. */
for (const name of readdirSync(folder).sort()) {
  test(name, () => {
    const path = join(folder, name);
    const requests: Request[] = JSON.parse(readFileSync(join(path, "requests.json"), "utf8"));
    const printed = requests.map((request) => {
      const { status, out, err } = explainIn(path, request);
      return `${"=".repeat(20)} ${ascii(JSON.stringify(request))}\n${out}${err}exit ${status}\n`;
    }).join("\n");
    const expected = join(path, "expected.txt");
    if (updates) writeFileSync(expected, printed, "latin1");
    expect(existsSync(expected)).toBe(true);
    expect(printed).toBe(readFileSync(expected, "latin1"));
  });
}
