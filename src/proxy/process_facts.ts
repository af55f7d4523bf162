import os from "node:os";
import process from "node:process";
import type { ProcessFacts } from "../lang/context.ts";
import type { VariableKeeper } from "../lang/transaction_variables.ts";

/** What is true of the whole process; the gateway keeps its counts. */
export const processFacts: ProcessFacts & VariableKeeper & {
  stopping: boolean;
  openConnections: number;
  requests: number;
  answers: number;
  ownErrors: number;
} = {
  pid: process.pid,
  hostname: os.hostname(),
  stopping: false,
  /** Client connections open now. */
  openConnections: 0,
  /** Requests and TCP sessions since the start (`%rt`). */
  requests: 0,
  /** Answers to clients, of HTTP. */
  answers: 0,
  /** Those of 5xx that neither a server nor a rule has made. */
  ownErrors: 0,
  /** `set-var(proc.x)`. */
  variables: undefined,

  connections(): number {
    return processFacts.openConnections;
  },

  env(name: string): string | undefined {
    return process.env[name];
  },
};
