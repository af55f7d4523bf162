import type { ArgSpec, FetchSpec } from "../spec.ts";
import { anywhere, running } from "./phase_mask.ts";
import { constant, noArgs, plain, textOf } from "./row.ts";

const envArgs: readonly ArgSpec[] = [{ name: "name", type: "string" }];

const row = { args: noArgs, phases: anywhere, pure: true } as const;

export const processFetches = [
  {
    ...row,
    name: "act_conn",
    type: "sint",
    doc: "connections open in the process",
    make: plain((cx) => cx.process.connections()),
  },
  {
    ...row,
    name: "pid",
    type: "sint",
    doc: "process id",
    make: plain((cx) => cx.process.pid),
  },
  {
    ...row,
    name: "proc",
    type: "sint",
    doc: "always 1, as in HAProxy since it has one process",
    make: constant(1),
  },
  {
    ...row,
    name: "nbproc",
    type: "sint",
    doc: "number of processes: always 1, as in HAProxy",
    make: constant(1),
  },
  {
    ...row,
    name: "hostname",
    type: "str",
    doc: "name of the host",
    make: plain((cx) => cx.process.hostname),
  },
  {
    ...row,
    name: "stopping",
    type: "bool",
    phases: running,
    doc: "whether the process is stopping",
    make: plain((cx) => cx.process.stopping),
  },
  {
    ...row,
    name: "env",
    args: envArgs,
    type: "str",
    doc: "a variable of the process's environment",
    make: (args) => {
      const name = textOf(args[0]) ?? "";
      return { get: (cx) => cx.process.env(name) };
    },
  },
  {
    ...row,
    name: "wait_end",
    type: "bool",
    phases: running,
    doc: "true once nothing more is waited for",
    make: plain((cx) => {
      if (cx.final) return true;
      cx.mayChange = true;
      return undefined;
    }),
  },
] satisfies FetchSpec[];
