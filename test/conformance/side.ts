import { rmSync } from "node:fs";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GatewayProcess, StartFailure } from "../support/child_process.ts";
import { freePort } from "../support/free_port.ts";
import { startHaproxy } from "../support/haproxy.ts";
import { Origin } from "../support/origin.ts";
import { startSluice } from "../support/sluice.ts";
import { SyslogSink } from "../support/syslog_sink.ts";
import type { Case } from "./case.ts";
import {
  type Configuration,
  place,
  type PlacedCase,
  READY_HOST,
  type Surroundings,
  writeHaproxyCfg,
  writeYaml,
} from "./configuration.ts";

/** A gateway with its own origins and its own log receiver, serving many cases at once. */
export interface Side {
  readonly gateway: GatewayProcess;
  readonly origins: readonly Origin[];
  readonly syslog: SyslogSink;
  readonly around: Surroundings;
  readonly served: ReadonlySet<string>;
  /** What the gateway said about each case that it refuses to load, by id. */
  readonly refused: ReadonlyMap<string, string>;
  stop(): Promise<void>;
}

const ORIGINS = 4;
/** Attempts at a start: each leaves out the cases that the one before was refused for. */
const STARTS_MAX = 60;

const DIALECTS = {
  haproxy: { write: writeHaproxyCfg, start: startHaproxy },
  sluice: { write: writeYaml, start: startSluice },
} as const;

/** Starts a gateway over all cases it can load. */
export async function startSide(name: "haproxy" | "sluice", cases: readonly Case[]): Promise<Side> {
  const origins = Array.from({ length: ORIGINS }, (_, n) => new Origin(`o${n + 1}`));
  const syslog = new SyslogSink();
  await Promise.all([...origins.map((origin) => origin.start()), syslog.start()]);
  const folder = mkdtempSync(join(tmpdir(), `conformance-${name}-`));
  const release = async (): Promise<void> => {
    await Promise.all(origins.map((origin) => origin.stop()));
    syslog.stop();
    if (process.env.KEEP_CONFIGURATION === undefined) rmSync(folder, { recursive: true });
  };
  const refused = new Map<string, string>();
  const placed = place(cases).filter((one) =>
    name === "sluice" || one.case.beyondReference === undefined
  );
  let left = placed;
  try {
    for (let attempt = 1;; attempt++) {
      const around: Surroundings = {
        port: await freePort(),
        refusedPort: await freePort(),
        origins: origins.map((origin) => origin.port),
        syslogPort: syslog.port,
        folder,
      };
      const configuration = DIALECTS[name].write(left, around);
      try {
        const gateway = await DIALECTS[name].start(
          configuration.path,
          READY_HOST,
          around.port,
        );
        const stop = async (): Promise<void> => {
          await gateway.stop();
          await release();
        };
        return {
          gateway,
          origins,
          syslog,
          around,
          refused,
          served: new Set(left.map((one) => one.id)),
          stop,
        };
      } catch (error) {
        if (!(error instanceof StartFailure) || attempt === STARTS_MAX) throw error;
        const found = blame(error.output, configuration, left);
        if (found.size === 0 && !/in use/i.test(error.output)) throw error;
        for (const [id, text] of found) refused.set(id, text);
        left = left.filter((one) => !refused.has(one.id));
      }
    }
  } catch (error) {
    await release();
    throw error;
  }
}

/** Which cases the messages of a failed start are about: by line number, else by proxy name. */
function blame(
  output: string,
  configuration: Configuration,
  cases: readonly PlacedCase[],
): Map<string, string> {
  const found = new Map<string, string>();
  const ids = new Set(cases.map((one) => one.id));
  const file = configuration.path.split("/").at(-1) ?? "";
  for (const line of output.split("\n")) {
    if (
      /warning|notice/i.test(line.replace(configuration.path, "").slice(0, 60)) ||
      /\[WARNING\]/.test(line)
    ) continue;
    const number = new RegExp(`${file.replace(".", "\\.")}:(\\d+)`).exec(line)?.[1];
    const owner = number === undefined ? undefined : configuration.owners[Number(number)];
    const id = owner?.id ?? /\b(c\d{4})(_\w+)?\b/.exec(line.replace(configuration.path, ""))?.[1];
    if (id === undefined || !ids.has(id)) continue;
    found.set(id, `${found.has(id) ? `${found.get(id)}\n` : ""}${line.trim()}`);
  }
  return found;
}
