import process from "node:process";
import type { Plan } from "../config/plan.ts";
import { startDaemon } from "./daemon.ts";
import { GatewayProcess } from "./gateway_process.ts";
import { judge, listens, printLists, reportCheck } from "./haproxy_checks.ts";
import type { HaproxyMessages } from "./haproxy_messages.ts";
import type { HaproxySettings } from "./haproxy_settings.ts";
import { HaproxyWorker } from "./haproxy_worker.ts";
import { sayLastWords } from "./last_words.ts";
import { runMaster } from "./master.ts";
import { type Role, tell } from "./process_role.ts";
import { type Candidate, ServedGateway } from "./served_gateway.ts";
import type { ServiceSocket } from "./listen_fds.ts";
import { ServiceSockets } from "./service_sockets.ts";
import { isStartedToTakeOver } from "./takeover.ts";

/** A command line that checks or serves, in the process that it started. */
export interface Serving {
  readonly settings: HaproxySettings;
  readonly messages: HaproxyMessages;
  readonly role: Role;
  /** The words of the command line, to start others with. */
  readonly args: readonly string[];
  readonly serviceSockets: readonly ServiceSocket[];
}

/** What a process does about its command line. */
type Part = "daemon" | "master" | "serve" | "ask-for-daemon";

/**
 * Checks, serves, or starts those who serve. What the flags decide is not read twice: a daemon's
 * parent and a master leave the configuration to the process that they start.
 */
export async function runServing(serving: Serving): Promise<number> {
  const { settings, messages, role, args } = serving;
  sayWhatIsMissing(settings, messages, role);
  if (settings.action === "serve") {
    if (settings.daemon && role.kind === "first") return await startDaemon(args);
    if (settings.masterWorker && startsMaster(role)) return await runMasterOf(serving);
  }
  const gateway = new ServedGateway(await GatewayProcess.create(eventsTo(messages)), {
    files: settings.files,
    environment: settings.masterWorker ? { ...process.env, HAPROXY_MWORKER: "1" } : process.env,
    localPeer: settings.localPeer,
    proxyMaxconn: settings.proxyMaxconn,
    diagnosticMode: settings.diagnostics,
    ...(settings.unresolvedAllowed ? { unresolved: "allowed" } : {}),
  }, await ServiceSockets.of(serving.serviceSockets));
  const candidate = await gateway.read();
  const part = candidate.plan ? partOf(candidate.plan, serving) : "serve";
  switch (settings.action === "check" ? "serve" : part) {
    case "daemon":
      return await startDaemon(args);
    case "master":
      return await runMasterOf(serving);
    case "ask-for-daemon":
      tell(role, "daemon");
      return 0;
    case "serve":
      return await checkOrServe(serving, gateway, candidate);
  }
}

function runMasterOf({ settings, messages, role, args }: Serving): Promise<number> {
  const { files, notifies } = settings;
  return runMaster({ args, files, instance: undefined, messages, role, notifies, usr2: "reload" });
}

/** A worker has one, and what goes on for a process without one has none, either. */
function startsMaster({ kind }: Role): boolean {
  return kind === "first" || kind === "daemon";
}

function eventsTo(messages: HaproxyMessages): (severity: number, text: string) => void {
  return (severity, text) => messages.event(severity, text);
}

async function checkOrServe(
  { settings, messages, role }: Serving,
  gateway: ServedGateway,
  candidate: Candidate,
): Promise<number> {
  const verdict = judge(candidate, settings, messages);
  if (settings.action === "check") return await reportCheck(verdict, settings, messages);
  if (verdict.kind === "bad") {
    if (isStartedToTakeOver()) await sayLastWords(settings.files, undefined, candidate);
    return 1;
  }
  await printLists(settings, verdict.plan);
  if (!listens(verdict.plan) && role.kind !== "worker") {
    messages.alert(
      "[haproxy.main()] No enabled listener found (check for 'bind' directives) ! Exiting.",
    );
    return 1;
  }
  const worker = new HaproxyWorker(gateway, settings, messages, role);
  return await worker.run(verdict.plan, candidate);
}

/** The part that falls to this process once the configuration had its say. */
function partOf({ global }: Plan, { settings, role }: Serving): Part {
  const { daemon, masterWorker } = global.process;
  const background = daemon && !settings.foreground && !settings.daemon;
  if (role.kind === "worker") return background && !role.detached ? "ask-for-daemon" : "serve";
  if (role.kind === "successor") return "serve";
  if (background && role.kind === "first") return "daemon";
  return masterWorker ? "master" : "serve";
}

/** What this program can't do is said. The configuration may ask for a master as well; whoever serves says it once. */
function sayWhatIsMissing(settings: HaproxySettings, messages: HaproxyMessages, role: Role): void {
  const { action, masterSocket, masterWorker } = settings;
  if (action === "check" || masterSocket === undefined) return;
  if (!masterWorker || role.kind !== "worker") return;
  messages.warning(
    `-S ${masterSocket}: not supported by Sluice: the master has no commands; no socket is made`,
  );
}
