import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../support/free_port.ts";
import { childrenOf } from "../support/process_state.ts";
import { sluiceCommand } from "../support/sluice.ts";
import { Generations } from "./stage/generations.ts";
import { echoOrigin, KeepAliveClient, NewConnections } from "./stage/traffic.ts";

const instance = ["--instance", "test"];
const root = process.getuid!() === 0;
/** A user of whom no other process is. */
const uid = 59_174;
const asUser = ["setpriv", `--reuid=${uid}`, "--clear-groups"];

let origin: ReturnType<typeof echoOrigin>;
beforeAll(() => {
  origin = echoOrigin();
});
afterAll(() => origin.stop());

const site = (port: number): string => `
defaults
  mode http
  timeout connect 10s
  timeout client 60s
  timeout server 60s
listen fe
  bind 127.0.0.1:${port}
  server s 127.0.0.1:${origin.port}
`;

const nobody = ({ endpoint }: Generations): string =>
  `no process of this instance runs: nobody listens at ${endpoint.control}\n`;

describe("the endpoint is", () => {
  test(
    "left from a process that was killed: nobody is found, and the next one takes its place",
    async () => {
      const port = await freePort();
      await using gateway = await new Generations(site(port), instance).ready();
      process.kill(gateway.pid, "SIGKILL");
      await gateway.gone(gateway.pid);
      expect(existsSync(gateway.endpoint.control)).toBe(true);
      expect(await gateway.upgrade()).toEqual({
        status: 69,
        output: `no upgrade: ${nobody(gateway)}`,
      });
      const args = ["run", "-f", gateway.file, ...instance];
      expect(await gateway.run([...args, "--takeover=require"])).toEqual({
        status: 69,
        output: `[alert] no takeover: ${nobody(gateway)}`,
      });
      const next = Promise.withResolvers<number>();
      const ended = gateway.run([...args, "--takeover=auto"], (text) => {
        if (text.includes("listens on")) next.resolve(0);
      });
      await next.promise;
      const { output } = await gateway.upgrade();
      expect(output).toContain("upgraded");
      // Its successor has its streams as well.
      process.kill(gateway.pid, "SIGTERM");
      expect((await ended).status).toBe(0);
    },
    60_000,
  );

  test.skipIf(!root)("another user's folder: the process serves, and says why", async () => {
    const port = await freePort();
    const own = `mkdir -p run/test && chown ${uid} run/test && exec "$@"`;
    const program = ["sh", "-c", own, "sh", ...sluiceCommand()];
    await using gateway = new Generations(site(port), instance, program);
    await gateway.said("this process can't be upgraded: ");
    expect(gateway.output).toContain(
      `${join(gateway.folder, "run/test")} is not this user's alone`,
    );
    expect(readdirSync(join(gateway.folder, "run/test"))).toEqual([]);
    expect((await gateway.upgrade()).status).toBe(69);
    await isServed(gateway, port);
  }, 60_000);

  for (
    const [when, tell] of [
      ["by itself", () => {}],
      ["when it reloads", (pid: number) => process.kill(pid, "SIGHUP")],
      ["when it is to upgrade", (pid: number) => process.kill(pid, "SIGUSR2")],
    ] as const
  ) {
    test(`something in its way: the process serves, and tries again ${when}`, async () => {
      const port = await freePort();
      const program = ["sh", "-c", `echo > run; exec "$@"`, "sh", ...sluiceCommand()];
      await using gateway = new Generations(site(port), instance, program);
      await gateway.said("this process can't be upgraded: ");
      expect((await gateway.upgrade()).status).toBe(69);
      rmSync(join(gateway.folder, "run"));
      tell(gateway.pid);
      await gateway.said("this process can be upgraded from now on");
      if (when === "when it is to upgrade") {
        await gateway.said("handed over");
        const [, pid] = /upgrade: started process (\d+)/.exec(gateway.output)!;
        gateway.succeededBy(Number(pid));
      } else expect((await gateway.upgrade()).status).toBe(0);
      await isServed(gateway, port);
      expect(gateway.output.split("can't be upgraded")).toHaveLength(2);
    }, 60_000);
  }

  test("longer than a socket's path may be: the process serves, and says why", async () => {
    const port = await freePort();
    const program = ["sh", "-c", `RUNTIME_DIRECTORY=$PWD/${"x".repeat(100)} exec "$@"`, "sh"];
    await using gateway = new Generations(site(port), instance, [...program, ...sluiceCommand()]);
    await gateway.said(
      "this process can't be upgraded: path of UNIX socket too long (File name too long)",
    );
    await isServed(gateway, port);
  }, 60_000);

  test.skipIf(!root)("closed to its own user: says that it can't be reached", async () => {
    const port = await freePort();
    const own = `chown -R ${uid} . && exec ${asUser.join(" ")} "$@"`;
    const program = ["sh", "-c", own, "sh", ...sluiceCommand()];
    await using gateway = await new Generations(site(port), instance, program).ready();
    const { control } = gateway.endpoint;
    chmodSync(control, 0);
    const why = "the running process can't be reached\n";
    const command = [...asUser, ...sluiceCommand()];
    const upgrade = ["upgrade", "-f", gateway.file, ...instance];
    expect(await gateway.run(upgrade, () => {}, command)).toEqual({
      status: 69,
      output: `no upgrade: ${why}`,
    });
    // Somebody is there: this one does not start beside it.
    const start = ["run", "-f", gateway.file, ...instance, "--takeover=auto"];
    expect(await gateway.run(start, () => {}, command)).toEqual({
      status: 75,
      output: `[alert] no takeover: ${why}`,
    });
    chmodSync(control, 0o600);
    expect((await gateway.upgrade()).status).toBe(0);
    await isServed(gateway, port);
  }, 60_000);
});

async function isServed(gateway: Generations, port: number): Promise<void> {
  const visitors = new NewConnections(port);
  await gateway.waitFor(() => visitors.opened > 3, "visitors");
  await visitors.stop();
  expect(visitors.failures).toEqual([]);
}

const ownMounts = ["unshare", "--mount", "--propagation=private"];
const mayMount = root &&
  Bun.spawnSync([...ownMounts, "mount", "-t", "tmpfs", "none", "/mnt"]).success;

describe.skipIf(!mayMount)(
  "the endpoint's folder, when the new process is to be found there, is",
  () => {
    const spoiled = {
      "read-only": 'mount -o remount,ro "$0"',
      full: 'i=0; while touch "$0/$i"; do i=$((i+1)); done 2> /dev/null; true',
    };
    for (const [what, spoil] of Object.entries(spoiled)) {
      test(`${what}: it serves, and is found there`, async () => {
        const port = await freePort();
        const own = 'mkdir run && mount -t tmpfs -o nr_inodes=40 none run && exec "$@"';
        const program = [...ownMounts, "sh", "-c", own, "sh", ...sluiceCommand()];
        await using gateway = new Generations(site(port), instance, program);
        await gateway.said("listens on");
        const old = gateway.pid;
        const inside = ["nsenter", `--target=${old}`, "--mount"];
        const control = join(`/proc/${old}/root`, gateway.endpoint.control);
        await gateway.waitFor(() => existsSync(control), "an endpoint");
        const client = new KeepAliveClient(port, "c", 5);
        const command = ["upgrade", "-f", gateway.file, ...instance, "--probation", "8000"];
        const upgrade = gateway.run(command, () => {}, [...inside, ...sluiceCommand()]);
        await gateway.said(": probation");
        const successor = Number(/takeover by process (\d+)/.exec(gateway.output)![1]);
        const folder = join(gateway.folder, "run");
        expect(Bun.spawnSync([...inside, "sh", "-c", spoil, folder]).success).toBe(true);
        const { status, output } = await upgrade;
        expect({ status, output }).toEqual({ status: 0, output });
        gateway.succeededBy(successor);
        await gateway.gone(old);
        // The endpoint's sockets were handed over: nothing is written in its folder.
        await gateway.said("taken over; moved 1 idle-client");
        expect(gateway.output).not.toContain("can't be upgraded");
        await isServed(gateway, port);
        await client.stop();
        expect([client.lost, client.wrong, client.closes]).toEqual([0, 0, 0]);
      }, 60_000);
    }
  },
);

const container = ["unshare", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc"];
const contained = root && Bun.spawnSync([...container, "true"]).success;

/** Neither process has a number for the other one that it could look for. */
describe.skipIf(!contained)("the new process has a namespace of its own", () => {
  async function beside(gateway: Generations, probation: string) {
    const args = ["run", "-f", gateway.file, ...instance, "--takeover=require"];
    const said = { text: "" };
    const hear = (text: string) => void (said.text += text);
    const command = [...container, ...sluiceCommand()];
    const ended = gateway.run([...args, "--probation", probation], hear, command);
    const hears = (text: string) => gateway.waitFor(() => said.text.includes(text), text);
    return { ended, hears };
  }

  /** Ends a container by what started it. */
  const endContainer = () => {
    for (const pid of childrenOf(process.pid)) {
      const command = Bun.spawnSync(["cat", `/proc/${pid}/cmdline`]).stdout.toString();
      if (command.startsWith("unshare\0--pid")) process.kill(pid, "SIGKILL");
    }
  };

  test("it takes over like any other", async () => {
    const port = await freePort();
    await using gateway = await new Generations(site(port), instance).ready();
    const client = new KeepAliveClient(port, "c", 5);
    const { ended, hears } = await beside(gateway, "50");
    await hears("taken over; moved 1 idle-client");
    await gateway.gone(gateway.pid);
    await isServed(gateway, port);
    await client.stop();
    expect([client.lost, client.wrong, client.closes]).toEqual([0, 0, 0]);
    endContainer();
    await ended;
  }, 60_000);

  test("and serves alone when the old one is killed", async () => {
    const port = await freePort();
    await using gateway = await new Generations(site(port), instance).ready();
    const { ended, hears } = await beside(gateway, "60000");
    await gateway.said(": probation");
    process.kill(gateway.pid, "SIGKILL");
    await hears("left alone: the other process is gone");
    await isServed(gateway, port);
    endContainer();
    await ended;
  }, 60_000);
});
