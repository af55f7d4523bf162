import { freePort } from "../../support/free_port.ts";
import { Traffic } from "../../takeover/load/traffic.ts";
import { Generations } from "../../takeover/stage/generations.ts";

/** How idle connections moved from one process to the next. */
export interface IdleMove {
  /** From the first to the last. */
  readonly ms: number;
  /** How long one stood still at most, and 99 of 100 of them. */
  readonly longestFreezeMs: number;
  readonly p99FreezeMs: number;
}

/** Answers without a server: the connections are all there is. */
function site(port: number, connections: number): string {
  return `
global
  maxconn ${connections + 100}
defaults
  mode http
  timeout client 1h
frontend web
  bind 127.0.0.1:${port}
  maxconn ${connections + 100}
  http-request return status 200 content-type text/plain lf-string %[path] hdr X-Process %pid hdr X-Port %[src_port]
`;
}

/** Moves idle connections through so many upgrades, and asks each of them for an answer at the end. */
export async function measureIdleMoves(
  connections: number,
  upgrades: number,
): Promise<readonly IdleMove[]> {
  await using traffic = await Traffic.start();
  const port = await freePort();
  await using gateway = await new Generations(site(port, connections), ["--instance", "test"])
    .ready();
  const load = await traffic.begin({
    kind: "keep-alive clients",
    port,
    count: connections,
    thinkMs: [0, 2000],
  });
  const servedBy = (pid: number) => load.until((tally) => tally.servedBy[pid] === connections);
  await servedBy(gateway.pid);
  await load.hold();
  const moves: IdleMove[] = [];
  for (let i = 0; i < upgrades; i++) moves.push(await move(gateway, connections));
  await load.go();
  await servedBy(gateway.pid);
  const tally = await load.end();
  if (tally.closed + tally.refused + tally.lost + tally.wrong > 0) {
    throw new Error(`Something was lost: ${JSON.stringify(tally)}`);
  }
  return moves;
}

async function move(gateway: Generations, connections: number): Promise<IdleMove> {
  const { pid } = gateway;
  const at = new Map<string, number>();
  const hear = (text: string): void => {
    for (const word of text.match(/^mov\w+/gm) ?? []) at.set(word, performance.now());
  };
  const { status, output } = await gateway.upgrade(["--probation", "500"], hear);
  const said = /^moved (\d+) idle-client, longest freeze (\d+) ms, 99 % up to (\d+) ms$/m.exec(
    output,
  );
  if (status !== 0 || Number(said?.[1]) !== connections) throw new Error(output);
  await gateway.gone(pid);
  return {
    ms: at.get("moved")! - at.get("moving")!,
    longestFreezeMs: Number(said![2]),
    p99FreezeMs: Number(said![3]),
  };
}
