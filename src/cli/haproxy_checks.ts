import { readFileSync } from "node:fs";
import process from "node:process";
import type { Plan } from "../config/plan.ts";
import type { HaproxyMessages } from "./haproxy_messages.ts";
import type { HaproxySettings } from "./haproxy_settings.ts";
import type { Candidate } from "./served_gateway.ts";
import { writeStandard } from "./standard_streams.ts";

/** A configuration that was judged as HAProxy does. */
export type Verdict =
  | { readonly kind: "good"; readonly plan: Plan }
  | { readonly kind: "bad" };

/** Says what was found; with `-dW` or `zero-warning`, a warning is enough to refuse. */
export function judge(
  candidate: Candidate,
  settings: HaproxySettings,
  messages: HaproxyMessages,
): Verdict {
  const { plan, diagnostics } = candidate;
  if (plan?.global.process.quiet) messages.hush();
  messages.findings(diagnostics);
  if (!plan) return { kind: "bad" };
  const strict = settings.zeroWarning || plan.global.process.zeroWarning;
  if (!strict || !messages.warned) return { kind: "good", plan };
  messages.alert("config : Some warnings were found and 'zero-warning' is set. Aborting.");
  return { kind: "bad" };
}

export function listens(plan: Plan): boolean {
  return plan.global.control.sockets.length > 0 ||
    plan.frontends.some(({ binds, disabled }) => !disabled && binds.length > 0);
}

/** `-c`: what HAProxy prints on standard output, and its exit status. */
export async function reportCheck(
  verdict: Verdict,
  settings: HaproxySettings,
  messages: HaproxyMessages,
): Promise<number> {
  if (verdict.kind === "bad") return 1;
  const quiet = settings.quiet || verdict.plan.global.process.quiet;
  const print = (text: string) => {
    if (!quiet || settings.verbose) writeStandard(1, `${text}\n`);
  };
  await printLists(settings, verdict.plan);
  if (messages.warned) print("Warnings were found.");
  if (!listens(verdict.plan)) {
    print("Configuration file has no error but will not start (no listener) => exit(2).");
    return 2;
  }
  if (settings.verbose) writeStandard(1, "Configuration file is valid\n");
  return 0;
}

/** `-dC`, `-dK` and `-dL`, which also work when the gateway is to serve. */
export async function printLists(settings: HaproxySettings, plan: Plan): Promise<void> {
  if (settings.showsConfiguration) {
    for (const file of plan.files) writeStandard(1, readFileSync(file));
  }
  if (settings.keywordClasses.length > 0) {
    const { keywordClassLines } = await import("./haproxy_keywords.ts");
    writeStandard(1, keywordClassLines(settings.keywordClasses));
  }
  if (settings.listsObjects) {
    writeStandard(1, ["List of loaded object files:", ...loadedObjects(), ""].join("\n"));
  }
}

function loadedObjects(): string[] {
  const maps = readFileSync("/proc/self/maps", "latin1").split("\n");
  const files = maps.map((line) => /(\/\S.*)$/.exec(line)?.[1] ?? "");
  return [...new Set(files.filter((file) => file === process.execPath || /\.so(\.|$)/.test(file)))];
}
