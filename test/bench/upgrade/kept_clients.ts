import { freePort } from "../../support/free_port.ts";
import type { KeepAliveTally } from "../../takeover/load/keep_alive_clients.ts";
import { loadedSite } from "../../takeover/load/site.ts";
import { Traffic } from "../../takeover/load/traffic.ts";
import { Generations } from "../../takeover/stage/generations.ts";
import type { GatewayName } from "../gateways.ts";
import { HaproxySuccession } from "./haproxy_succession.ts";

/** A gateway that is replaced while it serves. */
export interface Succession extends AsyncDisposable {
  /** Resolves when the process before is gone. */
  replace(): Promise<void>;
}

export interface KeptClientsPlan {
  readonly clients: number;
  readonly thinkMs: readonly [number, number];
  readonly replacements: number;
  /** Requests between two of them. */
  readonly requests: number;
}

const probation = ["--probation", "500"];

async function start(
  name: GatewayName,
  configuration: (globals?: readonly string[]) => string,
): Promise<Succession> {
  if (name === "haproxy") return await new HaproxySuccession(configuration).start();
  const gateway = await new Generations(configuration(), ["--instance", "test"]).ready();
  return {
    replace: async () => {
      const { pid } = gateway;
      const { status, output } = await gateway.upgrade(probation);
      if (status !== 0) throw new Error(output);
      await gateway.gone(pid);
    },
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}

/** Replaces a gateway while clients ask one request after the other. */
export async function measureKeptClients(
  name: GatewayName,
  plan: KeptClientsPlan,
): Promise<KeepAliveTally> {
  await using traffic = await Traffic.start();
  const ports = { web: await freePort(), tunnel: await freePort() };
  await using gateway = await start(
    name,
    (globals) => loadedSite(ports, traffic.origins, globals),
  );
  const load = await traffic.begin({
    kind: "keep-alive clients",
    port: ports.web,
    count: plan.clients,
    thinkMs: plan.thinkMs,
  });
  let { answered } = await load.tally();
  for (let i = 0; i <= plan.replacements; i++) {
    const enough = answered + plan.requests;
    ({ answered } = await load.until((tally) => tally.answered >= enough));
    if (i < plan.replacements) await gateway.replace();
  }
  return await load.end();
}
