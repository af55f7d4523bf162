import type { LogTarget } from "../plan.ts";

/** Bytes of HAProxy's buffer and of the part of it kept free for rewriting. */
export const bufferBytesDefault = 16384;
export const rewriteBytesDefault = 1024;

/** What the lines of all `global` sections add up to. */
export class GlobalDraft {
  maxconn = 0;
  readonly logs: LogTarget[] = [];
  logTag = "haproxy";
  logHostname: string | undefined;
  hardStopAfterMs: number | undefined;
  node: string | undefined;
  description: string | undefined;
  bufferBytes = bufferBytesDefault;
  rewriteBytes: number | undefined;
  headFieldsMax = 101;
  reusePort = true;
}
