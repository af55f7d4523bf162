import process from "node:process";
import { level } from "../observe/log_level.ts";
import { isConfined } from "./confinement.ts";
import { runMaster } from "./master.ts";
import type { Candidate } from "./served_gateway.ts";
import { say } from "./terminal_events.ts";

/** What those who serve are found by. */
interface ParentOptions {
  readonly files: readonly string[];
  readonly instance?: string | undefined;
}

/** Root gives up what an upgrade or a reload takes: its parent has it yet. */
export function leavesRightsToParent({ plan }: Candidate): boolean {
  return process.geteuid?.() === 0 && plan !== undefined && isConfined(plan.global.process);
}

/**
 * A container ends with its process 1: one that never touches traffic outlives every upgrade. It has the
 * rights that those who serve give up.
 */
export async function runParent({ files, instance }: ParentOptions): Promise<number> {
  const tell = (severity: number) => (text: string) => say(severity, text);
  return await runMaster({
    args: process.argv.slice(2),
    files,
    instance,
    messages: {
      notice: tell(level.notice),
      warning: tell(level.warning),
      alert: tell(level.err),
      hush() {},
    },
    role: { kind: "first" },
    notifies: true,
    usr2: "upgrade",
  });
}
