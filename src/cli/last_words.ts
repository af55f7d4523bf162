import process from "node:process";
import { openControl } from "../takeover/control_connect.ts";
import { mayBeTakenFrom } from "../takeover/fd_gate.ts";
import { findingsMax } from "../takeover/message.ts";
import { formatDiagnostic } from "../config/diagnostic.ts";
import type { Candidate } from "./served_gateway.ts";
import { takeoverEndpoint } from "./takeover.ts";

/** Of one error: it may quote a line that has no end. */
const errorLettersMax = 500;
/** For the process that runs to take it; one that is told of the end first would know no reason. */
const takenMs = 1000;

/**
 * Tells the process that has started this one to take over why nothing comes of it: whoever has asked for
 * that looks at another terminal.
 *
 * @param others what is wrong beside the candidate's own errors
 */
export async function sayLastWords(
  files: readonly string[],
  instance: string | undefined,
  { diagnostics }: Candidate,
  others: readonly string[] = [],
): Promise<void> {
  const found = diagnostics.filter(({ severity }) => severity === "error").map(formatDiagnostic);
  const all = [...found, ...others].map((text) => text.slice(0, errorLettersMax));
  const errors = all.slice(0, findingsMax);
  const place = await takeoverEndpoint(files, instance);
  if ("why" in place || errors.length === 0) return;
  const { native, endpoint } = place;
  const opening = await openControl(native, endpoint.control, mayBeTakenFrom(endpoint));
  if (opening.kind !== "open") return;
  const { channel } = opening;
  channel.say("findings", { pid: process.pid, errors, more: all.length - errors.length });
  await channel.overOr(takenMs);
  channel.close();
}
