import { afterEach, describe, expect, test } from "bun:test";
import process from "node:process";
import { freePort } from "../support/free_port.ts";
import { Asker } from "./stage/asker.ts";
import { Generations } from "./stage/generations.ts";
import { echoOrigin, KeepAliveClient } from "./stage/traffic.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const configuration = (port: number, origin: number, more = "") => `
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  retries 0
listen fe
  bind 127.0.0.1:${port}
  ${more}
  server s 127.0.0.1:${origin}
`;

function askerOf(port: number): Asker {
  const asker = new Asker(port, "/asked");
  closing.push(() => asker.leave());
  return asker;
}

/** Asks on new connections, one after the other, until `over`; resolves to the statuses. */
async function visit(port: number, over: () => boolean): Promise<Map<number, number>> {
  const statuses = new Map<number, number>();
  while (!over()) {
    const { status } = await fetch(`http://127.0.0.1:${port}/visit`, { keepalive: false });
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  return statuses;
}

async function scene() {
  const origin = echoOrigin();
  closing.push(() => origin.stop());
  const port = await freePort();
  const gateway = await new Generations(configuration(port, origin.port), ["--instance", "test"])
    .ready();
  const clients = Array.from({ length: 10 }, (_, i) => new KeepAliveClient(port, `c${i}`, i));
  return { origin, port, gateway, clients };
}

async function allWell(clients: readonly KeepAliveClient[]): Promise<void> {
  await Promise.all(clients.map((client) => client.stop()));
  for (const { lost, wrong, closes } of clients) {
    expect({ lost, wrong, closes }).toEqual({ lost: 0, wrong: 0, closes: 0 });
  }
}

const successorOf = ({ output }: Generations) =>
  Number(/takeover by process (\d+)/.exec(output)![1]);

describe("a new process in its probation", () => {
  test("whose servers can't be reached has to go, and no client is lost", async () => {
    const { origin, port, gateway, clients } = await scene();
    await using _ = gateway;
    gateway.rewrite(configuration(port, await freePort()));
    const upgrade = gateway.upgrade(["--probation", "60000"]);
    await gateway.said(": probation");
    const asker = askerOf(port);
    asker.ask();
    await gateway.waitFor(() => asker.statuses.length === 1, "an answer");
    let ended = false;
    const visits = visit(port, () => ended);
    const { status, output } = await upgrade;
    expect(status).toBe(75);
    expect(output).toMatch(
      /no upgrade: the new process failed its probation: 100 % of \d+ answers were errors of its own, 0 % before/,
    );
    ended = true;
    // Every visit had an answer, if a bad one of the process that had to go.
    expect([...(await visits).keys()].filter((one) => one !== 200 && one !== 503)).toEqual([]);
    await gateway.said("sent back: the new process failed its probation");
    expect(asker.closed).toBe(false);
    asker.ask();
    await gateway.waitFor(() => asker.closed, "its last answer");
    expect(asker.statuses).toEqual([503, 503]);
    await gateway.gone(successorOf(gateway));
    let seen = 0;
    expect(await visit(port, () => seen++ === 20)).toEqual(new Map([[200, 20]]));
    await allWell(clients);
    gateway.rewrite(configuration(port, origin.port));
    expect((await gateway.upgrade()).status).toBe(0);
  }, 60_000);

  test("may answer errors that a rule makes: they are what was asked for", async () => {
    const { origin, port, gateway, clients } = await scene();
    await using _ = gateway;
    await allWell(clients);
    gateway.rewrite(configuration(port, origin.port, "http-request deny deny_status 503"));
    const upgrade = gateway.upgrade(["--probation", "60000"]);
    await gateway.said(": probation");
    let seen = 0;
    const over = () => seen++ === 60 || gateway.output.includes("not taken over");
    expect(await visit(port, over)).toEqual(new Map([[503, 60]]));
    process.kill(successorOf(gateway), "SIGKILL");
    expect((await upgrade).output).not.toContain("failed its probation");
  }, 60_000);

  test("that stands still has to go, and serves those yet whom it had accepted", async () => {
    const { port, gateway, clients } = await scene();
    await using _ = gateway;
    const upgrade = gateway.upgrade(["--probation", "60000"]);
    await gateway.said(": probation");
    const asker = askerOf(port);
    asker.ask();
    await gateway.waitFor(() => asker.statuses.length === 1, "an answer");
    const successor = successorOf(gateway);
    process.kill(successor, "SIGSTOP");
    closing.push(() => {
      try {
        process.kill(successor, "SIGCONT");
      } catch {
        // It has gone, as it should.
      }
    });
    asker.ask();
    const { status, output } = await upgrade;
    expect([status, output]).toEqual([75, expect.stringContaining("did not answer in time")]);
    let seen = 0;
    expect(await visit(port, () => seen++ === 20)).toEqual(new Map([[200, 20]]));
    process.kill(successor, "SIGCONT");
    await gateway.said("sent back: ");
    await gateway.waitFor(() => asker.statuses.length === 2, "an answer");
    // It may have been read before it was known that the connection ends.
    asker.ask();
    await gateway.gone(successor);
    expect(new Set(asker.statuses)).toEqual(new Set([200]));
    await allWell(clients);
  }, 60_000);
});
