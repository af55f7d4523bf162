import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileRegex } from "../../src/lang/regex/compile.ts";
import type { GatewayProcess } from "../support/child_process.ts";
import { freePort } from "../support/free_port.ts";
import { haproxyAvailable, startHaproxy } from "../support/haproxy.ts";
import { patterns, subjects } from "./regex_cases.ts";

const haproxy = haproxyAvailable();

/**
 * One frontend answers for all patterns at once: the subject comes as base64 in a header, the answer
 * is a line of bits, then what each pattern captured.
 */
function configuration(directory: string, port: number): string {
  const lines = [
    "defaults",
    " mode http",
    " timeout client 10s",
    " timeout server 10s",
    " timeout connect 1s",
    "frontend reference",
    ` bind 127.0.0.1:${port}`,
    " http-request set-var(txn.subject) req.hdr(x-subject),b64dec,concat()",
    " http-request set-var(txn.bits) str(=)",
    " http-request set-var(txn.groups) str(=)",
  ];
  for (const [i, pattern] of patterns.entries()) {
    const acl = `{ var(txn.subject) -m reg -- '${pattern}' }`;
    lines.push(` http-request set-var(txn.bits) var(txn.bits),concat(1) if ${acl}`);
    lines.push(` http-request set-var(txn.bits) var(txn.bits),concat(0) unless ${acl}`);
    const map = join(directory, `${i}.map`);
    writeFileSync(map, Buffer.from(`${pattern} [\\0|\\1|\\2]\n`, "latin1"));
    lines.push(` http-request set-var(txn.one) var(txn.subject),map_regm(${map},none)`);
    lines.push(` http-request set-var(txn.groups) var(txn.groups),concat(,txn.one,\x02)`);
  }
  lines.push(
    ' http-request return status 200 content-type text/plain lf-string "%[var(txn.bits)] %[var(txn.groups),base64]"',
  );
  return lines.join("\n") + "\n";
}

/** PCRE2 enters a repeat once more for an empty round, and keeps the empty group of it. */
const emptyRounds = ["(a*)*b", "(a*)+", "(|a)+x"].map((pattern) => patterns.indexOf(pattern));

function withoutEmptyRounds(parts: string[]): string[] {
  return parts.map((part, i) => emptyRounds.includes(i) ? part.split("|")[0]! : part);
}

describe.skipIf(!haproxy.available)("patterns against HAProxy's PCRE2", () => {
  const directory = mkdtempSync(join(tmpdir(), "sluice-regex-"));
  let gateway: GatewayProcess | undefined;
  let port = 0;

  beforeAll(async () => {
    port = await freePort();
    const file = join(directory, "haproxy.cfg");
    writeFileSync(file, Buffer.from(configuration(directory, port), "latin1"));
    gateway = await startHaproxy(file, { host: "127.0.0.1", port });
  });

  afterAll(async () => {
    await gateway?.stop();
    rmSync(directory, { recursive: true });
  });

  for (const engine of ["automaton", "native"] as const) {
    test(`${engine}: same answer and same groups for every pattern and subject`, async () => {
      const regexes = patterns.map((pattern) =>
        compileRegex(
          pattern,
          engine === "automaton" ? { ignoreCase: false, engine } : { ignoreCase: false },
        )
      );
      const differences: string[] = [];
      for (const subject of subjects) {
        const answer = await fetch(`http://127.0.0.1:${port}/`, {
          headers: { "x-subject": Buffer.from(subject, "latin1").toString("base64") },
        });
        // An empty value decodes to nothing at all, so there is no subject then.
        const [bits, encoded] = (await answer.text()).slice(1).split(" ");
        if (subject === "") continue;
        const captured = Buffer.from(encoded!, "base64").toString("latin1").slice(1).split("\x02");
        const own: string[] = [];
        for (const [i, regex] of regexes.entries()) {
          const holds = regex.test(subject) ? "1" : "0";
          if (holds !== bits![i]) {
            differences.push(`${regex.source} on ${JSON.stringify(subject)}: ${holds}`);
          }
          const match = regex.exec(subject);
          const [all, one, two] = match?.groups ?? [];
          own.push(match === undefined ? "none" : `[${all}|${one ?? ""}|${two ?? ""}]`);
        }
        const theirs = withoutEmptyRounds(captured);
        for (const [i, groups] of withoutEmptyRounds(own).entries()) {
          if (groups === theirs[i]) continue;
          differences.push(
            `${patterns[i]} on ${JSON.stringify(subject)}: ${groups}, not ${theirs[i]}`,
          );
        }
      }
      expect(differences).toEqual([]);
    });
  }
});
