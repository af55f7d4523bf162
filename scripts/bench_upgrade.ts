/**
 * Measures what clients notice while a gateway is replaced, Sluice beside haproxy, and how long
 * many idle connections take to move: `npm run bench:upgrade`. `--quick` moves fewer of them.
 */
import { haproxyAvailable } from "../test/support/haproxy.ts";
import { measureIdleMoves } from "../test/bench/upgrade/idle_move.ts";
import { type KeptClientsPlan, measureKeptClients } from "../test/bench/upgrade/kept_clients.ts";
import { idleMovesReport, keptClientsReport } from "../test/bench/upgrade/report.ts";
import { binaryPath, build } from "./build.ts";

const quick = process.argv.includes("--quick");
const idleConnections = quick ? 2_000 : 10_000;
const upgrades = 3;
const clients: KeptClientsPlan = {
  clients: 500,
  thinkMs: [0, 20],
  replacements: 10,
  requests: quick ? 2_000 : 10_000,
};

// What users run, and never yesterday's.
if (process.env.SLUICE_BIN === undefined) build();
process.env.SLUICE_BIN ??= binaryPath;
const haproxy = haproxyAvailable();
const theirs = haproxy.available ? await measureKeptClients("haproxy", clients) : undefined;
if (!haproxy.available) console.error(haproxy.reason);
const ours = await measureKeptClients("sluice", clients);
console.log(keptClientsReport(clients, theirs, ours));
console.log(
  `\n${idleMovesReport(idleConnections, await measureIdleMoves(idleConnections, upgrades))}`,
);
