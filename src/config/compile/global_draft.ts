import { bufferBytesDefault } from "../../lang/fetch/buffer.ts";
import type { LogTarget } from "../plan.ts";

/** Bytes of HAProxy's buffer that are kept free for rewriting. */
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
