import { expect, test } from "bun:test";
import { join } from "node:path";
import { askControl } from "../support/control_client.ts";
import { freePort } from "../support/free_port.ts";
import { Generations } from "./stage/generations.ts";
import { statistics } from "./stage/statistics.ts";
import { echoOrigin, KeepAliveClient } from "./stage/traffic.ts";

const configuration = (port: number, origin: number, b = ""): string => `
global
  stats socket unix@run.sock level admin
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend fe
  bind 127.0.0.1:${port}
  http-request set-var(proc.seen) str(before) if { path /a/1 }
  http-request return status 200 content-type text/plain lf-string %[var(proc.seen)] if { path /seen }
  default_backend be
backend be
  server a 127.0.0.1:${origin}
  server b 127.0.0.1:${origin}${b}
  server c 127.0.0.1:${origin}
`;

test("servers, counters and variables of the process go on in the next one", async () => {
  const origin = echoOrigin();
  const port = await freePort();
  await using gateway = await new Generations(configuration(port, origin.port), [
    "--instance",
    "test",
  ]).ready();
  const path = join(gateway.folder, "run.sock");
  const client = new KeepAliveClient(port, "a", 0);
  await gateway.waitFor(() => client.answered >= 100, "requests");
  await askControl(path, "set server be/a state maint\n");
  await askControl(path, "set server be/c state drain\n");
  await askControl(path, "set server be/b weight 7\n");
  expect((await gateway.upgrade()).status).toBe(0);
  const answered = client.answered;
  await gateway.waitFor(() => client.answered >= answered + 100, "more requests");
  await client.stop();
  expect(client.lost + client.closes).toBe(0);
  const [a, b, c] = await Promise.all(["a", "b", "c"].map((name) => statistics(path, "be", name)));
  expect([a!.status, b!.status, c!.status]).toEqual(["MAINT", "no check", "DRAIN"]);
  expect([a!.weight, b!.weight]).toEqual(["1", "7"]);
  const frontend = await statistics(path, "fe", "FRONTEND");
  expect(Number(frontend.req_tot)).toBe(client.answered);
  expect(Number(frontend.hrsp_2xx)).toBe(client.answered);
  expect(Number(frontend.conn_tot)).toBe(1);
  expect(Number(frontend.scur)).toBe(0);
  const sums = [a!, b!, c!].reduce((sum, { stot }) => sum + Number(stot), 0);
  expect(sums).toBe(client.answered);
  const seen = await fetch(`http://127.0.0.1:${port}/seen`);
  expect(await seen.text()).toBe("before");
  origin.stop();
}, 60_000);

test("what the new configuration says otherwise of a server holds", async () => {
  const origin = echoOrigin();
  const port = await freePort();
  await using gateway = await new Generations(configuration(port, origin.port), [
    "--instance",
    "test",
  ]).ready();
  const path = join(gateway.folder, "run.sock");
  await askControl(path, "set server be/b weight 7\n");
  await askControl(path, "set server be/a weight 9\n");
  gateway.rewrite(configuration(port, origin.port, " weight 3"));
  expect((await gateway.upgrade()).status).toBe(0);
  expect((await statistics(path, "be", "a")).weight).toBe("9");
  expect((await statistics(path, "be", "b")).weight).toBe("3");
  origin.stop();
}, 60_000);
