import process from "node:process";
import { type Libc, libc, monotonicMicros, testFdPassing } from "../../ffi/mod.ts";
import type { Plan } from "../config/plan.ts";
import { openTurns } from "../net/epoll/turns.ts";
import type { ControlChannel } from "../takeover/control_channel.ts";
import { connectCourier, mayBeTakenFrom } from "../takeover/fd_gate.ts";
import { openControl } from "../takeover/control_connect.ts";
import { WatchedProcess } from "../takeover/death.ts";
import { type Endpoint, endpointOf, rootsOwn } from "../takeover/endpoint.ts";
import { defaultLimits } from "../takeover/limits.ts";
import { capabilities, protocolVersions, type Says } from "../takeover/message.ts";
import { Progress } from "../takeover/progress.ts";
import { RunningGateway } from "../takeover/running_gateway.ts";
import { StartingGateway, type SuccessorSteps } from "../takeover/starting_gateway.ts";
import { takeOver, type TakeOverResult } from "../takeover/take_over.ts";
import { TakeoverReport } from "../takeover/takeover_report.ts";
import { type Supervisor, TakeoverService } from "../takeover/takeover_service.ts";
import type { StartedSuccessor } from "../takeover/upgrade_watch.ts";
import type { GatewayProcess } from "./gateway_process.ts";
import { versionText } from "./version.ts";

/** How a process that starts wants to deal with one that runs. */
export interface TakeoverWish {
  /** `auto` starts all the same when nobody runs. */
  readonly mode: "auto" | "require" | "dry-run";
  readonly probationMs?: number | undefined;
}

const stoppingText = "the new process was told to stop";

const variable = "SLUICE_TAKEOVER";

/** What the process that started this one wants; no child of this one is to want it, too. */
export function inheritedWish(): TakeoverWish | undefined {
  const text = process.env[variable];
  delete process.env[variable];
  if (text === undefined) return undefined;
  const [mode, probation] = text.split(" ");
  return {
    mode: mode === "dry-run" ? "dry-run" : "require",
    probationMs: probation === undefined ? undefined : Number(probation),
  };
}

/** Whether {@link inheritedWish} will find one. */
export function isStartedToTakeOver(): boolean {
  return process.env[variable] !== undefined;
}

/** What lets {@link inheritedWish} find it in a process that is started. */
export function takeoverEnvironment(
  { mode, probationMs }: TakeoverWish,
): Readonly<Record<string, string>> {
  return { [variable]: [mode, ...probationMs === undefined ? [] : [probationMs]].join(" ") };
}

/** Why no takeover can be had here. */
export interface NoTakeover {
  readonly why: string;
}

/** Finds where takeovers of these files are asked for, and tries what they need. */
export async function takeoverEndpoint(
  files: readonly string[],
  instance: string | undefined,
): Promise<{ readonly native: Libc; readonly endpoint: Endpoint } | NoTakeover> {
  const native = await libc().catch(() => undefined);
  if (!native) return { why: "it needs Linux" };
  if (typeof Bun === "undefined" && !(await openTurns(native))) {
    return { why: "this runtime keeps its descriptors to itself" };
  }
  const passing = testFdPassing(native);
  if (!passing.works) return { why: passing.why };
  const uid = native.geteuid();
  const endpoint = endpointOf({ instance, files, environment: process.env, uid });
  return "why" in endpoint ? endpoint : { native, endpoint };
}

/** Where nobody is may be the wrong place: it hangs on the files' paths, the user and the environment. */
export function nobodyAt({ control }: Endpoint): string {
  const others = rootsOwn(process.geteuid?.() ?? 0);
  return `no process of this instance runs: nobody listens at ${control}${others}`;
}

/** Whether a process can be asked there. */
export async function isServed(
  { native, endpoint }: { readonly native: Libc; readonly endpoint: Endpoint },
): Promise<boolean> {
  const opening = await openControl(native, endpoint.control, mayBeTakenFrom(endpoint));
  if (opening.kind === "open") opening.channel.close();
  return opening.kind === "open";
}

/** A takeover as the process that starts sees it. */
export interface Joining {
  /** Resolves when this process accepts clients; never when it does not come to that. */
  readonly accepting: Promise<"accepting">;
  readonly result: Promise<JoiningResult>;
  /** This process was told to end: unless it has everything already, the other one goes on. */
  giveUp(): void;
}

/** What the process that starts does meanwhile. */
export interface JoiningSteps extends Omit<SuccessorSteps, "accept"> {
  /** Clients are about to be served; false when this process can't give its rights up as it has to. */
  accepting(): Promise<boolean>;
}

export type JoiningResult = TakeOverResult | { readonly kind: "nobody" };

/** Takes over from the process that runs. */
export function join(
  { native, endpoint }: { readonly native: Libc; readonly endpoint: Endpoint },
  wish: TakeoverWish,
  own: GatewayProcess,
  plan: Plan,
  steps: JoiningSteps,
): Joining {
  const accepting = Promise.withResolvers<"accepting">();
  const accept = async () => {
    if (!(await steps.accepting())) throw new Error("it can't give its rights up");
    await own.accept();
    accepting.resolve("accepting");
  };
  const successor = new StartingGateway(native, own.gateway, plan, { ...steps, accept });
  let channel: ControlChannel | undefined;
  const run = async (): Promise<JoiningResult> => {
    const gate = mayBeTakenFrom(endpoint);
    const opening = await openControl(native, endpoint.control, gate);
    if (opening.kind === "nobody") return opening;
    if (opening.kind === "failed") return { kind: "not taken over", why: opening.why };
    const { pid } = opening;
    channel = opening.channel;
    const progress: Progress = new Progress((phase) => report.reached(phase));
    const report = own.control.arrival = new TakeoverReport(
      "takes",
      pid,
      progress,
      "beginning",
      () => progress,
    );
    const hello: Says<"hello"> = {
      protocol: [...protocolVersions],
      capabilities: [...capabilities],
      build: versionText(),
      pid: process.pid,
      mode: wish.mode === "dry-run" ? "dry-run" : "takeover",
      probationMs: wish.probationMs,
    };
    const connect = (session: string) =>
      connectCourier(native, endpoint.descriptors, session, gate);
    const watched = new WatchedProcess(pid);
    const terms = { hello, connect, isDead: () => watched.hasDied() };
    const result = await takeOver(channel, terms, successor, defaultLimits, progress);
    watched.close();
    successor.close();
    report.reached(result.kind, "why" in result ? result.why : "");
    // The other process tells whoever watches over it before it closes.
    if (result.kind === "taken over") await channel.overOr(defaultLimits.answerMs);
    channel.close();
    return result;
  };
  const giveUp = () => {
    const told = { kind: "told off", reason: "stopping", text: stoppingText } as const;
    channel?.giveUp(told, told.reason, told.text);
  };
  return { accepting: accepting.promise, result: run(), giveUp };
}

/** What the process that serves does when it is taken over. */
export interface Served {
  readonly process: GatewayProcess;
  readonly supervisor: Supervisor;
  readonly hindrance: string | undefined;
  readonly confined: boolean;
  isFound(): void;
  start(request: Says<"upgrade">): Promise<StartedSuccessor>;
  say(severity: number, text: string): void;
  handedOver(): void;
}

/** The service by which a successor finds this process. */
export function takeoverService(
  { native, endpoint }: { readonly native: Libc; readonly endpoint: Endpoint },
  served: Served,
): TakeoverService {
  const { gateway, control } = served.process;
  const service = new TakeoverService(native, endpoint, {
    build: versionText(),
    predecessor: (shared) =>
      new RunningGateway(gateway, control, served.say, shared, () => monotonicMicros(native)),
    hardStopAfterMs: () => gateway.plan.global.hardStopAfterMs,
    start: served.start,
    supervisor: served.supervisor,
    hindrance: served.hindrance,
    confined: served.confined,
    isFound: served.isFound,
    say: served.say,
    handedOver: served.handedOver,
  });
  control.takeoverSource = service;
  return service;
}
