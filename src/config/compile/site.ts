import { dirname, isAbsolute, resolve } from "node:path";
import { bufferBytesDefault } from "../../lang/fetch/buffer.ts";
import type { BackendFacts, FrontendFacts, ServerFacts } from "../../lang/context.ts";
import type { Suggestion } from "../../lang/nearest.ts";
import type { UserlistFacts } from "../../lang/spec.ts";
import type { ErrorPageSet } from "../../rules/error_page.ts";
import type { StagedState } from "../../state/state.ts";
import type { Diagnostic, Position } from "../diagnostic.ts";
import type { DiagnosticCode } from "../diagnostic_code.ts";
import type { ConfigurationEnvironment } from "../environment.ts";
import type { ResolversPlan } from "../plan.ts";
import { resolverDefaults } from "../../dns/settings.ts";
import type { Resolver } from "../../dns/resolver.ts";
import { systemNameServers } from "./system_resolver.ts";

/** What {@link compilePlan} needs from outside. */
export interface CompileOptions {
  /** References into State for the new Plan; the caller commits them. */
  readonly staged: StagedState;
  /** Variables as the reader left them. */
  readonly environment: ConfigurationEnvironment;
  /** Reads a file named in the configuration, as latin1; throws when it can't. */
  readFile(path: string): string;
  /** Every file of the configuration. */
  readonly files: readonly string[];
  /** This machine's name: `node`, `log-send-hostname`. */
  readonly hostname: string;
  /** Connections of a frontend at once where it says nothing of them; 0 for no limit. */
  readonly proxyMaxconn: number;
}

/** From which directory relative names of files are meant: `default-path`. */
export type PathBase =
  | { readonly kind: "current" | "config" | "parent" }
  | { readonly kind: "origin"; readonly path: string };

/** A diagnostic whose hint is worked out when it is shown. */
export interface Finding extends Omit<Diagnostic, "hint"> {
  readonly code: DiagnosticCode;
  readonly hint?: Suggestion;
}

/** All that the lines of one configuration share while it is compiled. */
export class Site {
  readonly findings: Finding[] = [];
  readonly frontends = new Map<string, FrontendFacts>();
  readonly backends = new Map<string, BackendFacts>();
  /** By backend, then by server. */
  readonly servers = new Map<string, Map<string, ServerFacts>>();
  readonly userlists = new Map<string, UserlistFacts>();
  readonly resolvers = new Map<string, ResolversPlan>();
  readonly errorSections = new Map<string, ErrorPageSet>();
  /** `tune.bufsize`. */
  bufferBytesMax = bufferBytesDefault;
  pathBase: PathBase = { kind: "current" };
  /** Paths that {@link Site.readFile} was asked for. */
  readonly namedFiles = new Set<string>();
  readonly #seen = new Set<string>();

  constructor(readonly options: CompileOptions) {}

  /** Notes a finding; the same one in the same place, as inherited lines give it, counts once. */
  report(finding: Finding): void {
    const { severity, code, at, hint } = finding;
    const message = finding.message.replace(/\.+\s*$/, "");
    const key = `${at.file}:${at.line}:${at.column}:${code}:${message}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.findings.push({ severity, code, at, message, hint });
  }

  /**
   * The resolvers of that name. `default` is there without a section, when the system says which
   * name servers it asks.
   */
  resolver(name: string, at: Position): Resolver | undefined {
    const known = this.resolvers.get(name);
    if (known || name !== "default") return known?.resolver;
    const nameServers = systemNameServers(this);
    if (!nameServers) return undefined;
    const resolver = this.options.staged.resolver(name);
    this.resolvers.set(name, { at, resolver, settings: { ...resolverDefaults, nameServers } });
    return resolver;
  }

  get failed(): boolean {
    return this.findings.some(({ severity }) => severity === "error");
  }

  /** The path by which a file named at a place of the configuration is reached. */
  path(name: string, at: Position): string {
    if (isAbsolute(name)) return name;
    const { pathBase } = this;
    switch (pathBase.kind) {
      case "current":
        return name;
      case "config":
        return resolve(dirname(at.file), name);
      case "parent":
        return resolve(dirname(at.file), "..", name);
      case "origin":
        return resolve(pathBase.path, name);
      default:
        return pathBase satisfies never;
    }
  }

  readFile(name: string, at: Position): string {
    const path = this.path(name, at);
    this.namedFiles.add(path);
    return this.options.readFile(path);
  }
}
