import { expect, test } from "bun:test";
import { join } from "node:path";
import process from "node:process";
import { askControl } from "../support/control_client.ts";
import { freePort } from "../support/free_port.ts";
import { ControlConversation } from "./stage/control_conversation.ts";
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
  expect(await askControl(path, "show info\n")).toContain(`\nCumReq: ${client.answered}\n`);
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

test("while two processes serve, each knows what is counted and changed in the other", async () => {
  const origin = echoOrigin();
  const port = await freePort();
  await using gateway = await new Generations(configuration(port, origin.port), [
    "--instance",
    "test",
  ]).ready();
  const path = join(gateway.folder, "run.sock");
  const client = new KeepAliveClient(port, "a", 0);
  await gateway.waitFor(() => client.answered >= 100, "requests");
  const old = new ControlConversation(path);
  await old.ask(gateway, "set server be/c weight 9");
  const upgrade = gateway.upgrade(["--probation", "20000"]);
  await gateway.said(": probation");
  const next = new ControlConversation(path);
  const until = async (who: ControlConversation, command: string, wanted: RegExp) => {
    for (let asked = 0, said = ""; !wanted.test(said); asked++) {
      expect([asked < 2000, said]).toEqual([true, said]);
      said = await who.ask(gateway, command);
    }
  };
  // The client is served by the old process yet.
  const requests = async () =>
    Number(/CumReq: (\d+)/.exec(await next.ask(gateway, "show info"))![1]);
  const before = await requests();
  expect(before).toBeGreaterThanOrEqual(100);
  for (let asked = 0; await requests() < before + 100; asked++) expect(asked).toBeLessThan(20_000);
  await old.ask(gateway, "set server be/a state maint");
  await until(next, "show stat be 4 -1", /^be,a,.*,MAINT,/m);
  await old.ask(gateway, "set server be/c addr 127.0.0.1 port 1");
  await until(next, "show servers state be", / c 127\.0\.0\.1 .* 1 /);
  await next.ask(gateway, "set server be/b weight 7");
  await until(old, "get weight be/b", /^7 \(initial 1\)/m);
  await next.ask(gateway, "set server be/a state ready");
  await until(old, "show stat be 4 -1", /^be,a,.*,no check,/m);
  expect(await next.ask(gateway, "get weight be/c")).toContain("9 (initial 1)");
  process.kill(Number(/takeover by process (\d+)/.exec(gateway.output)![1]), "SIGKILL");
  expect((await upgrade).status).toBe(75);
  // What an operator has said to a process that had to go holds.
  expect(await old.ask(gateway, "get weight be/b")).toContain("7 (initial 1)");
  await client.stop();
  expect(client.lost + client.closes).toBe(0);
  old.end();
  next.end();
  origin.stop();
}, 60_000);
