import process from "node:process";
import { type Diagnostic, formatDiagnostic } from "../config/diagnostic.ts";
import { displayText } from "../config/display_text.ts";
import { loadConfiguration } from "../config/load.ts";
import type { ConfigurationFormat } from "../config/source_file.ts";
import type { Plan } from "../config/plan.ts";
import { missingModules } from "../proxy/user/missing_modules.ts";
import { prepareServers } from "../proxy/prepare_servers.ts";
import { listens } from "./haproxy_checks.ts";
import { State } from "../state/state.ts";

export interface CheckOptions {
  /** Configuration files, in order. */
  readonly file: readonly string[];
  readonly format?: ConfigurationFormat;
  readonly json?: boolean;
  /** Warnings count as errors. */
  readonly strict?: boolean;
}

/** What `check --json` prints. */
export interface CheckReport {
  readonly valid: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * `sluice check`: prints every finding and, when there is no error, that the configuration is
 * valid. Returns 0, or 1 for errors; with `strict` for warnings as well.
 */
export async function checkCommand(options: CheckOptions): Promise<number> {
  const { plan, diagnostics: found } = loadConfiguration(options.file, {
    staged: new State().stage(),
    format: options.format,
  });
  const diagnostics = plan
    ? [
      ...found,
      ...(await prepareServers(plan)).diagnostics,
      ...missingModules(plan),
      ...(listens(plan) ? [] : [silence(options.file[0]!)]),
    ]
    : found;
  const failed = diagnostics.some(({ severity }) => severity === "error");
  const warned = diagnostics.some(({ severity }) => severity === "warning");
  const valid = plan !== undefined && !failed && !(options.strict && warned);
  if (options.json) {
    const report: CheckReport = { valid, diagnostics: diagnostics.map(readable) };
    process.stdout.write(JSON.stringify(report, undefined, 2) + "\n");
  } else {
    for (const diagnostic of diagnostics) process.stderr.write(formatDiagnostic(diagnostic) + "\n");
    if (valid) process.stdout.write(`Configuration file is valid: ${summary(plan)}\n`);
    else process.stderr.write(`${failure(diagnostics)}\n`);
  }
  return valid ? 0 : 1;
}

/** A part of a configuration may be checked alone; by itself it would not start. */
function silence(file: string): Diagnostic {
  const message = "No enabled listener found (check for 'bind' directives)";
  return { severity: "warning", code: "no-bind", at: { file, line: 1, column: 1 }, message };
}

function readable(diagnostic: Diagnostic): Diagnostic {
  return { ...diagnostic, message: displayText(diagnostic.message) };
}

function summary(plan: Plan): string {
  const binds = plan.frontends.flatMap((frontend) => frontend.binds).length;
  const servers = [...plan.backends.values()].flatMap((backend) => backend.servers).length;
  return [
    counted(plan.frontends.length, "frontend"),
    counted(binds, "bind"),
    counted(plan.backends.size, "backend"),
    counted(servers, "server"),
  ].join(", ");
}

function failure(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  if (errors > 0) return `${counted(errors, "error")} found in the configuration`;
  const warnings = diagnostics.filter(({ severity }) => severity === "warning").length;
  return `${counted(warnings, "warning")} found in the configuration, and --strict is set`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
