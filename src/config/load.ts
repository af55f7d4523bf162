import { hostname } from "node:os";
import process from "node:process";
import type { StagedState } from "../state/state.ts";
import { compilePlan } from "./compile.ts";
import type { Finding } from "./compile/site.ts";
import { configurationFiles } from "./configuration_folder.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { ConfigurationEnvironment } from "./environment.ts";
import { takesText } from "./keyword/catalog.ts";
import { readHaproxyConfiguration } from "./haproxy_cfg.ts";
import type { Plan } from "./plan.ts";
import { predefinedVariables } from "./predefined_variables.ts";
import type { ReadResult } from "./reader.ts";
import {
  type ConfigurationFormat,
  formatOf,
  readLatin1,
  withoutByteOrderMark,
} from "./source_file.ts";
import { readYamlConfiguration } from "./yaml_directives.ts";

export interface LoadOptions {
  /** References into State for the new Plan; the caller commits them. */
  readonly staged: StagedState;
  readonly format?: ConfigurationFormat;
  /** Variables that the configuration may use; those of the process by default. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Reads a file as latin1; throws when it can't. The file system by default. */
  readonly readFile?: (path: string) => string;
  readonly hostname?: string;
  /** Name among peers, as haproxy's `-L`; the host's name by default. */
  readonly localPeer?: string;
  /** As haproxy's `-dD`: `.diag` lines are reported. */
  readonly diagnosticMode?: boolean;
  /** Connections of a frontend at once where it says nothing of them; no limit by default. */
  readonly proxyMaxconn?: number;
}

/** A Plan, unless something in the configuration is wrong, and what is to be said about it. */
export interface CompiledConfiguration {
  readonly plan: Plan | undefined;
  /** In the order of the files, up to HAProxy's limit of errors. */
  readonly diagnostics: readonly Diagnostic[];
}

type Found = Diagnostic | Finding;

/**
 * Reads and compiles configuration files, in the given order, as if they were one. A folder stands
 * for the files in it.
 */
export function loadConfiguration(
  paths: readonly string[],
  options: LoadOptions,
): CompiledConfiguration {
  const files = options.readFile
    ? paths
    : paths.flatMap((path) => configurationFiles(path, options.format));
  const readFile = options.readFile ?? readLatin1;
  const host = options.hostname ?? hostname();
  const environment = new ConfigurationEnvironment({
    ...options.environment ?? process.env,
    ...predefinedVariables(files, options.localPeer ?? host),
  });
  const { sections, diagnostics, complete } = readFiles(files, options, readFile, environment);
  const compiled = compilePlan({ sections, complete }, {
    staged: options.staged,
    environment,
    readFile,
    files,
    hostname: host,
    proxyMaxconn: options.proxyMaxconn ?? 0,
  });
  const failed = diagnostics.some(({ severity }) => severity === "error");
  return {
    plan: failed ? undefined : compiled.plan,
    diagnostics: atMost(inOrder([...diagnostics, ...compiled.findings], files)).map(withHint),
  };
}

/** Reads the files one after the other, until something ends the reading. */
function readFiles(
  files: readonly string[],
  options: LoadOptions,
  readFile: (path: string) => string,
  environment: ConfigurationEnvironment,
): ReadResult {
  const read: ReadResult[] = [];
  let complete = true;
  for (const path of files) {
    const one = readSource(path, options, readFile, environment);
    read.push(one);
    complete = one.complete;
    if (!complete) break;
  }
  // An argument each is more than the stack takes of a long file.
  return {
    sections: read.flatMap(({ sections }) => sections),
    diagnostics: read.flatMap(({ diagnostics }) => diagnostics),
    complete,
  };
}

/** HAProxy's limit: a file with more is no configuration. */
const errorsMax = 50;

function atMost(diagnostics: readonly Found[]): readonly Found[] {
  let errors = 0;
  const last = diagnostics.findIndex(({ severity }) =>
    severity === "error" && ++errors > errorsMax
  );
  if (last < 0) return diagnostics;
  const { at } = diagnostics[last]!;
  const message = "too many fatal errors, stopping now";
  return [...diagnostics.slice(0, last), {
    severity: "error",
    code: "too-many-errors",
    at,
    message,
  }];
}

/** In the order of the files. */
function inOrder(diagnostics: readonly Found[], files: readonly string[]): Found[] {
  const rank = new Map(files.map((file, index) => [file, index]));
  const fileOf = ({ at }: Found) => rank.get(at.file) ?? -1;
  return [...diagnostics].sort((a, b) =>
    fileOf(a) - fileOf(b) || a.at.line - b.at.line || a.at.column - b.at.column
  );
}

function withHint({ hint, ...found }: Found): Diagnostic {
  const word = typeof hint === "function" ? hint() : hint;
  return word === undefined ? found : { ...found, hint: word };
}

function readSource(
  path: string,
  { format, diagnosticMode }: LoadOptions,
  readFile: (path: string) => string,
  environment: ConfigurationEnvironment,
): ReadResult {
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    const message = `Cannot open configuration file/directory ${path} : ${reasonOf(error)}`;
    const at = { file: path, line: 1, column: 1 };
    const diagnostic = { severity: "error", code: "unreadable-file", at, message } as const;
    return { sections: [], complete: true, diagnostics: [diagnostic] };
  }
  const read = formatOf(path, format) === "yaml" ? readYamlConfiguration : readHaproxyConfiguration;
  return read(path, withoutByteOrderMark(text), { environment, takesText, diagnosticMode });
}

/** `ENOENT: no such file or directory, open 'x'` as the C library says it. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const folder = "code" in error && error.code === "EISDIR";
  if (folder) return "no file in this folder has a name that ends in .cfg";
  const reason = /^E[A-Z]+: ([^,]+)/.exec(error.message)?.[1] ?? error.message;
  return reason.charAt(0).toUpperCase() + reason.slice(1);
}
