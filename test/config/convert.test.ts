import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { convertConfiguration } from "../../src/config/convert/convert.ts";
import { formatDiagnostic } from "../../src/config/diagnostic.ts";
import type { ConfigurationFormat } from "../../src/config/source_file.ts";
import { loadText } from "./load_text.ts";
import { planMeaning } from "./plan_summary.ts";

const here = dirname(fileURLToPath(import.meta.url));
const names: Readonly<Record<ConfigurationFormat, string>> = {
  haproxy: "haproxy.cfg",
  yaml: "site.yaml",
};
const other = (format: ConfigurationFormat): ConfigurationFormat =>
  format === "yaml" ? "haproxy" : "yaml";

function convert(text: string, from: ConfigurationFormat, to = other(from)): string {
  const file = { path: names[from], text, format: from };
  const { text: converted, diagnostics } = convertConfiguration([file], to);
  expect(diagnostics.map(formatDiagnostic)).toEqual([]);
  return converted!;
}

/** What a configuration means, wherever its lines stand. */
function meaning(text: string, format: ConfigurationFormat): unknown {
  const { plan, diagnostics } = loadText(text, names[format]);
  const findings = diagnostics.map(({ severity, code, message }) =>
    `${severity} ${code} ${message.replaceAll(/ at line \d+|,? (at )?position \d+|\S+:\d+/g, "")}`
  );
  // What is said of a key counts once, of lines in haproxy.cfg for each.
  return { findings: [...new Set(findings)].sort(), plan: plan && planMeaning(plan) };
}

describe("writes the other spelling", () => {
  const folder = join(here, "convert");
  for (const name of readdirSync(folder)) {
    const from = existsSync(join(folder, name, "input.cfg")) ? "haproxy" : "yaml";
    test(name, () => {
      const path = (file: string) => join(folder, name, file);
      const text = readFileSync(path(from === "yaml" ? "input.yaml" : "input.cfg"), "latin1");
      const expected = path(from === "yaml" ? "expected.cfg" : "expected.yaml");
      const converted = convert(text, from);
      if (process.env.UPDATE_GOLDEN === "1") writeFileSync(expected, converted, "latin1");
      expect(converted).toBe(readFileSync(expected, "latin1"));
      // Once more there and back changes nothing.
      const back = convert(converted, other(from));
      expect(convert(convert(back, from), other(from))).toBe(back);
    });
  }
});

test("what stands behind a line comes back with the blanks in front of it", () => {
  const text = "global   # one\n    daemon\t# tab\n\nfrontend f\n    bind :80      # far\n";
  expect(convert(convert(text, "haproxy"), "yaml")).toBe(text);
});

/** Cases about the file, the place or the number of lines, which are others after a conversion. */
const placed = new Set([
  "cfg_messages",
  "cfg_predefined_variables",
  "cfg_too_many_errors",
  "cfg_words",
  "pseudo_variables",
]);

describe("means the same there and back", () => {
  const folder = join(here, "golden");
  for (const name of readdirSync(folder)) {
    const from = existsSync(join(folder, name, "input.cfg")) ? "haproxy" : "yaml";
    const file = join(folder, name, from === "yaml" ? "input.yaml" : "input.cfg");
    const text = readFileSync(file, "latin1");
    const source = { path: names[from], text, format: from } as const;
    // What cannot be read as words cannot be written either; the reader's golden files say why.
    const { text: converted } = convertConfiguration([source], other(from));
    if (converted === undefined || placed.has(name)) continue;
    test(name, () => {
      const expected = meaning(text, from);
      expect(meaning(converted, other(from))).toEqual(expected);
      expect(meaning(convert(converted, other(from)), from)).toEqual(expected);
    });
  }
});

test("several files become one", () => {
  const files = [
    { path: "a.cfg", text: "# a\nglobal\n maxconn 5\n# below\n", format: "haproxy" },
    { path: "b.yaml", text: "# b\nfrontend:\n  www: { bind: ':80' }\n", format: "yaml" },
  ] as const;
  expect(convertConfiguration(files, "haproxy").text).toBe(
    "# a\nglobal\n    maxconn 5\n\n# below\n# b\nfrontend www\n    bind :80\n",
  );
});

test("a file that cannot be read as words is not converted", () => {
  const read = (text: string, format: ConfigurationFormat) => {
    const file = { path: names[format], text, format };
    const { text: converted, diagnostics } = convertConfiguration([file], other(format));
    expect(converted).toBeUndefined();
    return diagnostics.map(formatDiagnostic);
  };
  expect(read('global\n log-tag "a\n', "haproxy")).toEqual([
    "haproxy.cfg:2:10: error: unmatched quote at position 10",
  ]);
  expect(read("global\n maxconn 5", "haproxy")[0]).toContain("Missing LF on last line");
  expect(read("bind :80\n", "haproxy")).toEqual([
    "haproxy.cfg:1:1: error: unknown keyword 'bind' out of section",
  ]);
  expect(read("frontend: { www: { bind: *:80 } }\n", "yaml")[0]).toContain("is an alias in YAML");
  expect(read("frnted:\n  www:\n", "yaml")[0]).toContain("out of section");
});

test("a section may be longer than a call may have arguments", () => {
  const comments = "  # more\n".repeat(700_000);
  const text = `backend b\n  server s1 127.0.0.1:1\n${comments}  server s2 127.0.0.1:2\n`;
  expect(convert(text, "haproxy").endsWith("\n      - s2 127.0.0.1:2\n")).toBe(true);
});
