// The process that makes traffic: servers, and the clients that it is told of.
import process from "node:process";
import type { Load } from "./load.ts";
import { beginLoad, type LoadPlan } from "./loads.ts";
import { type OriginPorts, startOrigins } from "./origins.ts";
import { startRandomOrigins } from "./random/random_origins.ts";

/** What it is asked. */
export type Call =
  | { readonly number: number; readonly does: "begin"; readonly plan: LoadPlan }
  | { readonly number: number; readonly does: "random origins"; readonly path: string }
  | {
    readonly number: number;
    readonly does: "tally" | "hold" | "go" | "end";
    readonly load: number;
  };

/** What it says: where its servers are, at first, and answers then. */
export type Said =
  | { readonly origins: OriginPorts }
  | { readonly number: number; readonly value: unknown };

const loads: Load<unknown>[] = [];

async function obey(call: Call): Promise<unknown> {
  if (call.does === "begin") return loads.push(beginLoad(call.plan)) - 1;
  if (call.does === "random origins") return startRandomOrigins(call.path);
  const load = loads[call.load]!;
  if (call.does !== "tally") await load[call.does]();
  return load.tally();
}

function say(said: Said): void {
  process.send!(said);
}

process.on("message", (call: Call) => {
  void obey(call).then((value) => say({ number: call.number, value }));
});
// Nobody is left to make traffic for.
process.on("disconnect", () => process.exit(0));
say({ origins: startOrigins() });
