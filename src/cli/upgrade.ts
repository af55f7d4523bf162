import { resolve } from "node:path";
import process from "node:process";
import type { Libc } from "../../ffi/mod.ts";
import { type ControlChannel, failureText } from "../takeover/control_channel.ts";
import { openControl } from "../takeover/control_connect.ts";
import type { Endpoint } from "../takeover/endpoint.ts";
import { mayBeAsked } from "../takeover/fd_gate.ts";
import { grantProgram, revokeProgram } from "../takeover/granted_program.ts";
import { nobodyAt, takeoverEndpoint } from "./takeover.ts";

export interface UpgradeOptions {
  /** Configuration files of the process to replace, in its order. */
  readonly files: readonly string[];
  readonly instance: string | undefined;
  /** The executable to start instead of the one that runs. */
  readonly to: string | undefined;
  readonly dryRun: boolean;
  readonly probationMs: number | undefined;
}

/** Nobody runs who could be asked. */
const unavailable = 69;
/** The process that runs goes on. */
const kept = 75;
/** For the first word: a process that stands still, or has no descriptor left, says none. */
const firstWordMs = 10_000;
/** Connections that can't move may take long to end; a process that dies is told of at once. */
const patienceMs = 24 * 60 * 60 * 1000;

/**
 * Asks the process that runs to replace itself, and tells what becomes of it. Resolves to the exit
 * status: 0, 69 when nobody runs, 75 when it goes on as it was.
 */
export async function upgradeCommand(options: UpgradeOptions): Promise<number> {
  const place = await takeoverEndpoint(options.files, options.instance);
  if ("why" in place) return fail(unavailable, `no upgrade: ${place.why}`);
  const opening = await openControl(place.native, place.endpoint.control, mayBeAsked);
  switch (opening.kind) {
    case "nobody":
      return fail(unavailable, `no upgrade: ${nobodyAt(place.endpoint)}`);
    case "failed":
      return fail(unavailable, `no upgrade: ${opening.why}`);
    case "open":
      return await withGrant(place, options, () => follow(opening.channel, options));
  }
}

const noGrant = "if the process has a parent, that one starts no other program for '--to'";

/** A parent starts another program only for who can write to the endpoint's folder. */
async function withGrant(
  { native, endpoint }: { readonly native: Libc; readonly endpoint: Endpoint },
  { to }: UpgradeOptions,
  ask: () => Promise<number>,
): Promise<number> {
  if (to === undefined) return await ask();
  if (grantProgram(endpoint, resolve(to), native.geteuid()) !== "granted") {
    process.stderr.write(`${endpoint.folder} is not this user's alone: ${noGrant}\n`);
    return await ask();
  }
  try {
    return await ask();
  } finally {
    revokeProgram(endpoint);
  }
}

async function follow(channel: ControlChannel, options: UpgradeOptions): Promise<number> {
  const { to, dryRun, probationMs } = options;
  channel.say("upgrade", { program: to && resolve(to), dryRun, probationMs });
  for (let waitMs = firstWordMs;; waitMs = patienceMs) {
    const said = await channel.next(waitMs);
    if ("kind" in said) {
      channel.close();
      return fail(kept, `no upgrade: ${failureText(said)}`);
    }
    if (said.name === "progress") process.stdout.write(`${said.says.text}\n`);
    if (said.name !== "result") continue;
    channel.close();
    const { kind, text } = said.says;
    if (kind === "kept") return fail(kept, `no upgrade: ${text}`);
    process.stdout.write(kind === "dry run" ? "an upgrade would work\n" : "upgraded\n");
    return 0;
  }
}

function fail(status: number, text: string): number {
  process.stderr.write(`${text}\n`);
  return status;
}
