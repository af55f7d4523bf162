import { describe, expect, test } from "bun:test";
import { parseHaproxyArguments } from "../../src/cli/haproxy_arguments.ts";
import { haproxyFlags } from "../../src/cli/haproxy_flags.ts";
import { haproxySettings } from "../../src/cli/haproxy_settings.ts";

/** What a command line changes. */
function changes(...words: string[]): unknown {
  const parsed = parseHaproxyArguments(words);
  if (parsed.kind !== "settings") return parsed;
  const usual = Object.entries(haproxySettings());
  return Object.fromEntries(
    Object.entries(parsed.settings).filter(([key, value]) =>
      !usual.some(([name, before]) => name === key && Bun.deepEquals(before, value))
    ),
  );
}

describe("haproxy's grammar", () => {
  const cases: readonly (readonly [words: string, changed: object])[] = [
    ["-f a -f b -- c -d", { files: ["a", "b", "c", "-d"] }],
    ["-c -V", { action: "check", verbose: true }],
    ["-D -W", { daemon: true, masterWorker: true }],
    ["-Ws", { masterWorker: true, notifies: true, foreground: true }],
    ["-Wx -Vy -Dz", { masterWorker: true, verbose: true, daemon: true }],
    ["-d", { foreground: true }],
    ["-dq", { foreground: true }],
    ["-db", { foreground: true }],
    ["-sf 1 2 -q", { oldProcesses: { signal: "SIGUSR1", pids: [1, 2] }, quiet: true }],
    ["-st 3", { oldProcesses: { signal: "SIGTERM", pids: [3] } }],
    ["-n 12x -N y", { maxconn: 12, proxyMaxconn: 0 }],
    ["-p x -L y -C z -S s -x t", {
      pidFile: "x",
      localPeer: "y",
      folder: "z",
      masterSocket: "s",
      takeoverSocket: "t",
    }],
    ["-dMfoo -dMhelp -dtx -m 5", {}],
    ["-dKacl,cnv", { keywordClasses: ["acl", "cnv"] }],
    ["-v -z", { action: "version" }],
  ];
  for (const [words, changed] of cases) {
    test(words, () => expect(changes(...words.split(" "))).toEqual(changed));
  }

  test("what is no flag gets the usage", () => {
    for (const words of [["x"], ["-z"], ["-f", "a", "b"], ["--wide"], ["-cc"]]) {
      expect(changes(...words)).toEqual({ kind: "usage" });
    }
  });
});

test("every flag does something, or says why it does not", () => {
  for (const { name, apply, noEffect } of haproxyFlags) {
    expect([name, (apply === undefined) !== (noEffect === undefined)]).toEqual([name, true]);
  }
  const names = haproxyFlags.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
