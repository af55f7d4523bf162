import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AclSet } from "../../src/lang/acl_set.ts";
import type { Context } from "../../src/lang/context.ts";
import { parseExpression } from "../../src/lang/expression.ts";
import { offlineContext } from "../../src/lang/offline_context.ts";
import { PatternStore } from "../../src/lang/pattern/store.ts";
import { standaloneScope } from "../../src/lang/scope.ts";
import { Bin, type Value } from "../../src/lang/value.ts";
import type { GatewayProcess } from "../support/child_process.ts";
import { freePort } from "../support/free_port.ts";
import { haproxyAvailable, startHaproxy } from "../support/haproxy.ts";
import { type ConverterCase, variables } from "./converter_case.ts";
import { converterCases } from "./converter_cases.ts";

const haproxy = haproxyAvailable();
const cases = [...new Map(converterCases.map((one) => [one.expression, one])).values()];

/** A word in single quotes, in which HAProxy reads nothing but the end of them. */
function quoted(word: string): string {
  return "'" + word.replaceAll("'", "'\\''") + "'";
}

/** A backend per case: it stores what the expression gives and answers with it in two forms. */
function configuration(port: number): string {
  const lines = [
    "defaults",
    " mode http",
    " timeout client 30s",
    " timeout server 30s",
    " timeout connect 1s",
    "frontend reference",
    ` bind 127.0.0.1:${port}`,
    ...Object.entries(variables).map(([name, value]) => ` http-request set-var(${name}) ${value}`),
    " use_backend %[path,field(2,/)]",
  ];
  for (const [i, { expression }] of cases.entries()) {
    lines.push(
      `backend c${i}`,
      ` http-request set-var(txn.v) ${quoted(expression)}`,
      " http-request return status 204 unless { var(txn.v) -m found }",
      ' http-request return status 200 content-type text/plain lf-string "%[var(txn.v)]\\n%[var(txn.v),base64]"',
    );
  }
  return lines.join("\n") + "\n";
}

const scope = standaloneScope({
  acls: new AclSet(),
  patterns: new PatternStore(),
  phase: "be_http_req_hdr",
});

function context(): Context {
  const cx = offlineContext();
  for (const [name, expression] of Object.entries(variables)) {
    const value = parseExpression([expression], 0, scope).expression.get(cx);
    if (value !== undefined) cx.variables.set("txn", name.substring(4), value);
  }
  return cx;
}

/** A value in one of the two forms of an answer; texts may hold anything, so they go as base64. */
function encode(value: Value | undefined): string | undefined {
  if (value === undefined) return undefined;
  const bytes = typeof value === "string" ? value : value instanceof Bin ? value.bytes : undefined;
  if (bytes !== undefined) return "base64 " + Buffer.from(bytes, "latin1").toString("base64");
  return "plain " + (typeof value === "boolean" ? Number(value) : String(value));
}

async function ask(
  port: number,
  i: number,
): Promise<{ plain: string; base64: string } | undefined> {
  const answer = await fetch(`http://127.0.0.1:${port}/c${i}`);
  const body = Buffer.from(await answer.arrayBuffer()).toString("latin1");
  if (answer.status === 204) return undefined;
  if (answer.status !== 200) throw new Error(`case ${i} answered ${answer.status}`);
  const end = body.lastIndexOf("\n");
  return { plain: body.substring(0, end), base64: body.substring(end + 1) };
}

/** What is wrong with a case; undefined when it comes out as it should. */
async function check(one: ConverterCase, i: number, port: number): Promise<string | undefined> {
  const own = encode(parseExpression([one.expression], 0, scope).expression.get(context()));
  const answer = await ask(port, i);
  // A log format writes "-" for the empty text.
  const theirs = answer === undefined
    ? undefined
    : own?.startsWith("plain ")
    ? "plain " + answer.plain
    : "base64 " + (answer.base64 === "-" ? "" : answer.base64);
  const wanted = one.differs === undefined ? theirs : one.differs.value;
  if (own === wanted) return undefined;
  return `${one.expression}: ${own}, wanted ${wanted} (HAProxy: ${JSON.stringify(answer)})`;
}

describe.skipIf(!haproxy.available)("converters against HAProxy", () => {
  const directory = mkdtempSync(join(tmpdir(), "sluice-converters-"));
  let gateway: GatewayProcess | undefined;
  let port = 0;

  beforeAll(async () => {
    port = await freePort();
    const file = join(directory, "haproxy.cfg");
    writeFileSync(file, configuration(port));
    gateway = await startHaproxy(file, { host: "127.0.0.1", port });
  }, 30_000);

  afterAll(async () => {
    await gateway?.stop();
    rmSync(directory, { recursive: true });
  });

  test(`same value for ${cases.length} expressions`, async () => {
    const differences: string[] = [];
    for (const [i, one] of cases.entries()) {
      const difference = await check(one, i, port);
      if (difference !== undefined) differences.push(difference);
    }
    expect(differences).toEqual([]);
  }, 60_000);
});
