import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LogTarget } from "../../src/config/plan.ts";
import { LogDestinations } from "../../src/observe/log_destinations.ts";
import { PlanLogs } from "../../src/observe/plan_logs.ts";
import { StreamDestination } from "../../src/observe/stream_destination.ts";
import { SyslogSink } from "../support/syslog_sink.ts";
import { ended, frontend, plan, target } from "./logs.ts";

const folder = mkdtempSync(join(tmpdir(), "logs-"));
const cleanup: (() => unknown)[] = [];
afterEach(() => {
  for (const step of cleanup.splice(0)) step();
});
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function fileTarget(): LogTarget & { readonly to: { readonly path: string } } {
  const path = join(folder, `${files++}.log`);
  return { ...target(), to: { kind: "file", path } };
}

describe("syslog over UDP", () => {
  test("a line is a datagram", async () => {
    const sink = new SyslogSink();
    await sink.start();
    cleanup.push(() => sink.stop());
    const to = target({
      to: { kind: "udp", host: "127.0.0.1", port: sink.port },
      format: "priority",
    });
    const logs = new PlanLogs(
      plan({ frontends: [frontend({ logs: [to] })] }),
      new LogDestinations(),
      1,
    );
    logs.access("fe").log(ended(), "exchange");
    logs.access("fe").log(ended({ logLevel: "alert" }), "exchange");
    expect(await sink.matching("a line", 2, 5000)).toEqual(["<142>a line\n", "<137>a line\n"]);
    await logs.close();
  });

  test("a line just before the end is sent", async () => {
    const sink = new SyslogSink();
    await sink.start();
    cleanup.push(() => sink.stop());
    const to = { kind: "udp", host: "127.0.0.1", port: sink.port } as const;
    const destinations = new LogDestinations();
    destinations.acquire(to).write("last words\n");
    await destinations.release(to);
    expect(await sink.matching("last words", 1, 10_000)).toEqual(["last words\n"]);
    expect(destinations.dropped).toBe(0);
  });

  test("nobody listening costs lines, not the process", async () => {
    const sink = new SyslogSink();
    await sink.start();
    const { port } = sink;
    sink.stop();
    const destinations = new LogDestinations();
    const destination = destinations.acquire({ kind: "udp", host: "127.0.0.1", port });
    for (let i = 0; i < 10; i++) destination.write("lost\n");
    await destinations.release({ kind: "udp", host: "127.0.0.1", port });
    destination.write("after\n");
    expect(destination.dropped).toBeGreaterThan(0);
  });
});

describe("files", () => {
  test("get every line, in order", async () => {
    const to = fileTarget();
    const logs = new PlanLogs(
      plan({ frontends: [frontend({ logs: [to] })] }),
      new LogDestinations(),
      1,
    );
    for (let i = 0; i < 1000; i++) logs.access("fe").log(ended(), "exchange");
    await logs.close();
    expect(readFileSync(to.to.path, "latin1")).toBe("a line\n".repeat(1000));
  });

  test("are opened again after a rotation", async () => {
    const to = fileTarget();
    const destinations = new LogDestinations();
    const destination = destinations.acquire(to.to);
    destination.write("old\n");
    renameSync(to.to.path, `${to.to.path}.1`);
    destinations.reopen();
    destination.write("new\n");
    await destinations.release(to.to);
    expect(readFileSync(to.to.path, "latin1")).toEndWith("new\n");
    const all = readFileSync(`${to.to.path}.1`, "latin1") + readFileSync(to.to.path, "latin1");
    expect(all).toBe("old\nnew\n");
  });

  test("are shared by targets, and kept by the next plan", async () => {
    const to = fileTarget();
    const destinations = new LogDestinations();
    const next = () =>
      new PlanLogs(plan({ logs: [to], frontends: [frontend({ logs: [to] })] }), destinations, 1);
    const first = next();
    const second = next();
    first.access("fe").log(ended(), "exchange");
    await first.close();
    second.access("fe").log(ended(), "exchange");
    await second.close();
    expect(readFileSync(to.to.path, "latin1")).toBe("a line\na line\n");
  });

  test("that can't be opened are an error before anything serves", async () => {
    const good = fileTarget();
    const bad = target({ to: { kind: "file", path: join(folder, "missing", "x.log") } });
    const destinations = new LogDestinations();
    expect(() => new PlanLogs(plan({ logs: [good, bad] }), destinations, 1)).toThrow(
      /^Log target '.*x\.log' can't be opened: ENOENT/,
    );
    const destination = destinations.acquire(good.to);
    destination.write("still works\n");
    await destinations.release(good.to);
    expect(readFileSync(good.to.path, "latin1")).toBe("still works\n");
  });
});

describe("limits", () => {
  test("a full disk loses a batch and counts it", async () => {
    const destinations = new LogDestinations();
    const to = { kind: "file", path: "/dev/full" } as const;
    const destination = destinations.acquire(to);
    for (let i = 0; i < 3; i++) destination.write("x\n");
    await destinations.release(to);
    expect(destination.dropped).toBe(3);
    expect(destinations.dropped).toBe(3);
  });

  test("a buffer that is full drops and counts, and the rest arrives", async () => {
    const to = fileTarget();
    const destination = new StreamDestination(to.to.path, -1);
    const line = "y".repeat(1023) + "\n";
    for (let i = 0; i < 2000; i++) destination.write(line);
    expect(destination.dropped).toBe(2000 - 1024);
    await destination.close();
    expect(readFileSync(to.to.path, "latin1").length).toBe(1024 * 1024);
  });

  test("a reader that has gone ends the writing", async () => {
    const script = `
      import { StreamDestination } from ${
      JSON.stringify(join(import.meta.dir, "../../src/observe/stream_destination.ts"))
    };
      const out = new StreamDestination(undefined, 1);
      const timer = setInterval(() => {
        out.write("line\\n");
        if (out.dropped > 2) { clearInterval(timer); process.stderr.write("alive"); }
      }, 1);
    `;
    const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "pipe" });
    const reader = child.stdout.getReader();
    await reader.read();
    await reader.cancel();
    expect(await new Response(child.stderr).text()).toBe("alive");
    expect(await child.exited).toBe(0);
  });
});

describe("unix datagrams", () => {
  test("are refused in words where the platform has none", () => {
    const to = { kind: "unix", path: "/dev/log" } as const;
    expect(() => new LogDestinations().acquire(to)).toThrow(
      "Log target '/dev/log' can't be used: no unix datagram sockets on this platform",
    );
  });

  test("a receiver that restarted is found again", () => {
    const sent: string[] = [];
    let opened = 0;
    let receiver: "up" | "down" = "up";
    const destinations = new LogDestinations(() => {
      if (receiver === "down") throw new Error("ECONNREFUSED");
      const number = ++opened;
      return {
        send: (bytes) => {
          if (receiver === "down" || number !== opened) return false;
          sent.push(`${number} ${Buffer.from(bytes).toString("latin1")}`);
          return true;
        },
        close: () => {},
      };
    });
    const destination = destinations.acquire({ kind: "unix", path: "/dev/log" });
    destination.write("a\n");
    receiver = "down";
    destination.write("b\n");
    receiver = "up";
    opened++;
    destination.write("c\n");
    expect(sent).toEqual(["1 a\n", "3 c\n"]);
    expect(destination.dropped).toBe(1);
  });

  test("a path that nobody listens at is told once, and that a file is written otherwise", () => {
    const warnings: string[] = [];
    const destinations = new LogDestinations(
      () => {
        throw new Error("connect failed: ENOENT");
      },
      (text) => warnings.push(text),
    );
    const socket = destinations.acquire({ kind: "unix", path: "/run/x/log" });
    expect(warnings).toEqual([]);
    for (let i = 0; i < 3; i++) socket.write("a\n");
    const file = destinations.acquire({ kind: "unix", path: "/var/log/access.log" });
    file.write("a\n");
    const lost = "Log lines are lost: nobody takes them at socket";
    expect(warnings).toEqual([
      `${lost} '/run/x/log' (connect failed: ENOENT)`,
      `${lost} '/var/log/access.log' (connect failed: ENOENT); a file is 'file@/var/log/access.log'`,
    ]);
    expect([socket.dropped, file.dropped]).toEqual([3, 1]);
  });
});
