import { bufferBytesDefault } from "../../lang/fetch/buffer.ts";
import type { ControlPlan, ControlSocketPlan } from "../control_plan.ts";
import type { LogTarget, ProcessPlan } from "../plan.ts";

/** Bytes of HAProxy's buffer that are kept free for rewriting. */
export const rewriteBytesDefault = 1024;

/** What `global` says of the process, while it is read. */
export type ProcessDraft = { -readonly [Key in keyof ProcessPlan]: ProcessPlan[Key] };
/** HAProxy's, where nothing is said. */
const controlTimeoutMs = 10_000;
const controlMaxconn = 10;

/** What the lines of all `global` sections add up to. */
export class GlobalDraft {
  maxconn = 0;
  connectionRateMax = 0;
  sessionRateMax = 0;
  readonly logs: LogTarget[] = [];
  logTag = "haproxy";
  logHostname: string | undefined;
  closeSpreadMs: number | undefined;
  hardStopAfterMs: number | undefined;
  node: string | undefined;
  description: string | undefined;
  bufferBytes = bufferBytesDefault;
  rewriteBytes: number | undefined;
  headFieldsMax = 101;
  reusePort = true;
  checksSayLocal = true;
  readonly process: ProcessDraft = {
    daemon: false,
    masterWorker: false,
    quiet: false,
    zeroWarning: false,
    pidFile: undefined,
    chroot: undefined,
    uid: undefined,
    gid: undefined,
    descriptorsMax: undefined,
  };
  readonly control: { -readonly [K in keyof ControlPlan]: ControlPlan[K] } & {
    sockets: ControlSocketPlan[];
  } = { sockets: [], timeoutMs: controlTimeoutMs, maxconn: controlMaxconn };
}
