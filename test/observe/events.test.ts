import { expect, test } from "bun:test";
import { EventLog } from "../../src/observe/events.ts";
import { LogDestinations } from "../../src/observe/log_destinations.ts";
import { PlanLogs } from "../../src/observe/plan_logs.ts";
import { SyslogSink } from "../support/syslog_sink.ts";
import { makeBackend } from "../backend/plans.ts";
import { frontend, plan, target } from "./logs.ts";

test("lines about a backend go to its targets, the process's to the global ones", async () => {
  const sink = new SyslogSink();
  await sink.start();
  const to = { kind: "udp", host: "127.0.0.1", port: sink.port } as const;
  const destinations = new LogDestinations();
  const logs = new PlanLogs(
    plan({
      logs: [target({ to, format: "priority", facility: 3 })],
      backends: [{ name: "be", id: 3, logs: [target({ to, format: "priority", facility: 16 })] }],
    }),
    destinations,
    1,
  );
  const shown: string[] = [];
  const events = new EventLog(() => 0, (level, text) => shown.push(`${level} ${text}`));
  events.event(5, "before a plan is live", undefined);
  events.use(logs);
  events.event(5, "Proxy fe started.", undefined);
  const backend = makeBackend({ servers: [{ name: "s1" }], observers: [events] });
  backend.state.servers[0]!.markDown({ kind: "command" }, 0);
  const lines = [
    "<29>Proxy fe started.\n",
    "<129>Server be/s1 is DOWN, changed from CLI. 0 active and 0 backup servers left. " +
    "0 sessions active, 0 requeued, 0 remaining in queue.\n",
    "<128>backend be has no server available!\n",
  ];
  expect(await sink.matching("", 3, 5000)).toEqual(lines);
  expect(shown.length).toBe(4);
  sink.stop();
  await logs.close();
});

test("a listen section is called proxy, as it is one", () => {
  const logs = new PlanLogs(
    plan({
      frontends: [frontend({ name: "web", id: 3 })],
      backends: [{ name: "web", id: 3, logs: [] }],
    }),
    new LogDestinations(),
    1,
  );
  const shown: string[] = [];
  const events = new EventLog(() => 0, (_level, text) => shown.push(text));
  events.use(logs);
  const backend = makeBackend({ name: "web", servers: [{ name: "s1" }], observers: [events] });
  backend.state.servers[0]!.markDown({ kind: "command" }, 0);
  expect(shown[1]).toBe("proxy web has no server available!");
});

test("a server's reason phrase can't forge a line", () => {
  const shown: string[] = [];
  const events = new EventLog(() => 0, (_level, text) => shown.push(text));
  const backend = makeBackend({ servers: [{ name: "s1" }], observers: [events] });
  const server = backend.state.servers[0]!;
  server.report = { status: "L7STS", code: 500, info: "a\r\nb\x1b", durationMs: 0 };
  server.markDown({ kind: "health" }, 0);
  expect(shown[0]).toContain('info: "a#0D#0Ab#1B"');
});
