import type { Diagnostic } from "../config/diagnostic.ts";
import { loadConfiguration } from "../config/load.ts";
import type { Plan } from "../config/plan.ts";
import type { ConfigurationFormat } from "../config/source_file.ts";
import { LogTargetError } from "../observe/log_destination.ts";
import { BindError, type Inheritance } from "../proxy/gateway.ts";
import { missingModules } from "../proxy/user/missing_modules.ts";
import { type PreparedServers, prepareServers } from "../proxy/prepare_servers.ts";
import { ModuleError } from "../proxy/user/user_modules.ts";
import type { StagedState } from "../state/state.ts";
import type { GatewayProcess } from "./gateway_process.ts";
import type { ServiceSockets } from "./service_sockets.ts";

/** Where the configuration comes from. */
export interface Sources {
  /** Files and folders, read as if they were one. */
  readonly files: readonly string[];
  readonly format?: ConfigurationFormat;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Name among peers; the host's name by default. */
  readonly localPeer?: string;
  /** Connections of a frontend that has no `maxconn`. */
  readonly proxyMaxconn?: number;
  /** `.diag` lines are reported. */
  readonly diagnosticMode?: boolean;
  /** A server whose name can't be resolved is disabled, whatever its `init-addr` says. */
  readonly unresolved?: "allowed";
}

/** A configuration that was read, before it is put to work. */
export interface Candidate {
  /** Undefined when it has an error. */
  readonly plan: Plan | undefined;
  readonly diagnostics: readonly Diagnostic[];
  readonly staged: StagedState;
  readonly addresses: PreparedServers["addresses"];
}

/** A gateway and the configuration that it goes on reading. */
export class ServedGateway {
  /** Reloads follow each other; a signal during one asks for one more. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(
    readonly process: GatewayProcess,
    readonly sources: Sources,
    /** What a service manager has opened for this process. */
    readonly sockets: ServiceSockets,
  ) {}

  async read(): Promise<Candidate> {
    const { files, unresolved, ...options } = this.sources;
    const staged = this.process.state.stage();
    const { plan, diagnostics: found } = loadConfiguration(files, { ...options, staged });
    if (!plan) return { plan, diagnostics: found, staged, addresses: new Map() };
    const prepared = await prepareServers(plan, unresolved);
    const diagnostics = [...found, ...prepared.diagnostics, ...missingModules(plan)];
    const failed = diagnostics.some(({ severity }) => severity === "error");
    return {
      plan: failed ? undefined : plan,
      diagnostics,
      staged,
      addresses: prepared.addresses,
    };
  }

  /**
   * Puts a configuration to work, `plan` being the candidate's or made of it. Resolves to what
   * went wrong, with the line that asked for it; nothing has changed then.
   *
   * @param inheritance as for {@link GatewayProcess.apply}; without one, binds take the sockets of the
   * service manager
   */
  async apply(
    plan: Plan,
    candidate: Candidate,
    inheritance?: Inheritance,
  ): Promise<StartFault | undefined> {
    const offered = inheritance ? undefined : await this.sockets.offer(plan);
    const { staged, addresses } = candidate;
    try {
      await this.process.apply(plan, staged, addresses, inheritance ?? offered);
      if (offered) await this.process.accept();
      return undefined;
    } catch (error) {
      return startFault(error, this.sources.files[0]!);
    } finally {
      if (offered) this.sockets.settle(offered);
    }
  }

  /** Runs `step` after what is queued; a defect in it is thrown here. */
  inTurn<T>(step: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(step);
    this.#queue = turn.catch(() => {});
    return turn;
  }
}

/** Why a good configuration could not be put to work. */
export interface StartFault {
  readonly diagnostic: Diagnostic;
  /** Another process listens where this one was to. */
  readonly addressInUse: boolean;
}

function startFault(error: unknown, file: string): StartFault {
  const made = (code: string, at: Diagnostic["at"], { message, cause }: Error): StartFault => ({
    diagnostic: { severity: "error", code, at, message },
    addressInUse: (cause as { code?: string } | undefined)?.code === "EADDRINUSE",
  });
  if (error instanceof BindError) return made("bind-failed", error.bind.at, error);
  if (error instanceof ModuleError) return made("module-failed", error.plan.at, error);
  if (error instanceof LogTargetError) {
    return made("log-failed", { file, line: 1, column: 1 }, error);
  }
  throw error;
}
