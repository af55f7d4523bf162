import { connect, type NetConnectOpts, Socket } from "node:net";
import { Actor, PATIENCE_MS } from "./actor.ts";
import type { TcpClientPlan } from "./case.ts";
import { type PlacedTcpCase, type TcpSurroundings, unixPath } from "./configuration.ts";
import { observe } from "./observation.ts";
import { CaseOrigins } from "./origins.ts";
import type { TcpSide } from "./side.ts";

const LOG_MS = 5_000;

function open(options: NetConnectOpts): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(options);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}

function destination(
  { unix, door, from }: TcpClientPlan,
  placed: PlacedTcpCase,
  around: TcpSurroundings,
): NetConnectOpts {
  const where = unix === undefined
    ? {
      host: placed.host,
      port: door === "other" ? around.otherPort : around.port,
      localAddress: from,
    }
    : { path: unixPath(placed, around, unix) };
  return { ...where, allowHalfOpen: true } as NetConnectOpts;
}

/** Plays a case against a side; what everybody saw. */
export async function runTcpCase(placed: PlacedTcpCase, side: TcpSide): Promise<readonly string[]> {
  const { case: one, host, id } = placed;
  const { around } = side;
  const origins = new CaseOrigins(one.origins ?? {});
  side.origins.serve(host, origins);
  for (const name of one.unixOrigins ?? []) {
    await side.origins.unix(unixPath(placed, around, name), name, origins);
  }
  const play = async (plan: TcpClientPlan, n: number): Promise<Actor> => {
    const opened = await open(destination(plan, placed, around)).catch(() => undefined);
    const actor = new Actor(opened ?? new Socket(), `client ${n}`, origins.words);
    // A gateway may reset a connection before the client has seen that it was there.
    if (opened === undefined) actor.ending = "reset";
    ports.push(opened?.localPort);
    if (opened) await actor.follow(plan.script);
    return actor;
  };
  const ports: (number | undefined)[] = [];
  const clients: Actor[] = [];
  try {
    if (one.together) clients.push(...await Promise.all(one.clients.map(play)));
    else for (const [n, plan] of one.clients.entries()) clients.push(await play(plan, n));
    await Promise.race([
      origins.through(),
      new Promise((resolve) => setTimeout(resolve, PATIENCE_MS)),
    ]);
    const wanted = one.logs ?? one.clients.length;
    const logs = wanted === 0 ? [] : await side.syslog.matching(id, wanted, LOG_MS);
    return observe(clients, origins, logs, {
      replace: [
        ...around.origins.map((port, n) => [String(port), `<origin${n + 1}>`] as const),
        ...ports.flatMap((port) =>
          port === undefined ? [] : [[String(port), "<client port>"] as const]
        ),
        [String(around.port), "<port>"],
        [String(around.otherPort), "<other port>"],
        [around.folder, "<folder>"],
        [id, "CASE"],
      ],
      patterns: one.mask ?? [],
    }, one);
  } finally {
    for (const client of clients) client.socket.destroy();
    origins.close();
  }
}
