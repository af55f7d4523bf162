/** What one run of wrk measured. */
export interface Load {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** wrk's own words about answers that were not 2xx or 3xx and connections that broke. */
  readonly faults: readonly string[];
}

export interface LoadPlan {
  readonly url: string;
  readonly host: string;
  readonly connections: number;
  readonly seconds: number;
  readonly fields: readonly string[];
  /** Words before the command that pin it to a core. */
  readonly pin: readonly string[];
}

/** A duration in wrk's spelling (`850.00us`, `1.20ms`, `2.00s`), in milliseconds. */
function milliseconds(text: string | undefined): number {
  const parts = /^([\d.]+)(us|ms|s|m)$/.exec(text ?? "");
  const factor = { us: 0.001, ms: 1, s: 1000, m: 60_000 }[parts?.[2] ?? ""];
  return parts === null || factor === undefined ? NaN : Number(parts[1]) * factor;
}

export async function runWrk(plan: LoadPlan): Promise<Load> {
  const fields = [`Host: ${plan.host}`, ...plan.fields].flatMap((field) => ["-H", field]);
  const words = [
    "wrk",
    "-t1",
    `-c${plan.connections}`,
    `-d${plan.seconds}s`,
    "--latency",
    ...fields,
    plan.url,
  ];
  const child = Bun.spawn([...plan.pin, ...words], { stdout: "pipe", stderr: "pipe" });
  const [text, errors, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`wrk failed: ${errors}${text}`);
  return {
    requests: Number(/(\d+) requests in/.exec(text)?.[1] ?? 0),
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1] ?? 0),
    p50Ms: milliseconds(/\s50%\s+(\S+)/.exec(text)?.[1]),
    p99Ms: milliseconds(/\s99%\s+(\S+)/.exec(text)?.[1]),
    faults: text.split("\n").filter((line) => /Non-2xx|Socket errors/.test(line)).map((l) =>
      l.trim()
    ),
  };
}
