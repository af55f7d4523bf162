import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { convertConfiguration } from "../../src/config/convert/convert.ts";
import type { Diagnostic } from "../../src/config/diagnostic.ts";
import { loadConfiguration } from "../../src/config/load.ts";
import { State } from "../../src/state/state.ts";
import { haproxyAvailable } from "../support/haproxy.ts";

const folder = join(dirname(fileURLToPath(import.meta.url)), "installed");
const examples = "/usr/share/doc/haproxy/examples";

/** The configurations that Debian's haproxy 2.6 installs. */
const files = [
  "/etc/haproxy/haproxy.cfg",
  ...[
    "basic-config-edge.cfg",
    "content-sw-sample.cfg",
    "option-http_proxy.cfg",
    "quick-test.cfg",
    "socks4.cfg",
    "transparent_proxy.cfg",
    "wurfl-example.cfg",
  ].map((name) => join(examples, name)),
];

const haproxy = haproxyAvailable();

/** Why a file's findings cannot be compared; they are those of one version of the package. */
function missing(file: string): string | undefined {
  if (!haproxy.available) return haproxy.reason;
  if (!haproxy.version.startsWith("2.6.12")) return `this is haproxy ${haproxy.version}'s`;
  return existsSync(file) ? undefined : "it is not installed";
}

function load(text: string, name: string): readonly Diagnostic[] {
  const readFile = (path: string) => {
    if (path !== name) throw new Error(`no file ${path}`);
    return text;
  };
  return loadConfiguration([name], { staged: new State().stage(), readFile }).diagnostics;
}

/** One line a finding, without the reason why something is not supported. */
function listed(found: readonly Diagnostic[]): string {
  const lines = found.filter(({ severity }) => severity !== "notice")
    .map(({ at, severity, message }) => {
      return `${at.line}: ${severity}: ${message.replace(/( supported by Sluice): .*/, "$1")}\n`;
    });
  return lines.join("") || "nothing\n";
}

/**
 * What is found in each stands in a file: what is still missing, and nothing else. With
 * UPDATE_GOLDEN=1 it is written anew: lines should go, and none come.
 */
describe("configurations that come with haproxy", () => {
  for (const file of files) {
    const name = basename(file);
    const reason = missing(file);
    test.skipIf(reason !== undefined)(reason ? `${name}: ${reason}` : name, () => {
      const text = readFileSync(file, "latin1");
      const findings = load(text, name);
      const path = join(folder, `${name}.txt`);
      if (process.env.UPDATE_GOLDEN === "1") {
        mkdirSync(folder, { recursive: true });
        writeFileSync(path, listed(findings));
      }
      expect(listed(findings)).toBe(readFileSync(path, "utf8"));
      const converted = convertConfiguration([{ path: name, text, format: "haproxy" }], "yaml");
      const again = load(converted.text!, name.replace(".cfg", ".yaml"));
      const messages = (all: readonly Diagnostic[]) =>
        [...new Set(all.map(({ message }) => message))].sort();
      expect(messages(again)).toEqual(messages(findings));
    });
  }
});
