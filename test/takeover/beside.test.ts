import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { lstatSync } from "node:fs";
import { freePort } from "../support/free_port.ts";
import { environmentIn, sluiceCommand } from "../support/sluice.ts";
import { Generations } from "./stage/generations.ts";
import { echoOrigin, NewConnections } from "./stage/traffic.ts";

const instance = ["--instance", "test"];
const isRoot = process.getuid!() === 0;

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

/** Another process of a gateway's files, that is none of its generations. */
class Beside implements AsyncDisposable {
  said = "";
  readonly #child: Bun.Subprocess<"ignore", "ignore", "pipe">;

  constructor(gateway: Generations, args: readonly string[]) {
    this.#child = Bun.spawn([...sluiceCommand(), "run", "-f", gateway.file, ...args], {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
      cwd: gateway.folder,
      env: environmentIn(gateway.folder),
    });
    void this.#listen();
  }

  async #listen(): Promise<void> {
    for await (const piece of this.#child.stderr) {
      this.said += Buffer.from(piece).toString("latin1");
    }
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    this.#child.kill(signal);
    await this.#child.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGKILL");
  }
}

async function isServed(gateway: Generations, port: number): Promise<void> {
  const visitors = new NewConnections(port);
  await gateway.waitFor(() => visitors.opened > 3, "visitors");
  await visitors.stop();
  expect(visitors.failures).toEqual([]);
}

describe("a process that a second one was started beside", () => {
  // One takes its endpoint with it, and one leaves sockets that nobody listens on.
  for (const signal of ["SIGINT", "SIGKILL"] as const) {
    test(`is found again when that one has ended by ${signal}`, async () => {
      const port = await freePort();
      await using gateway = await new Generations(site(port), instance).ready();
      const { control } = gateway.endpoint;
      const first = lstatSync(control).ino;
      await using second = new Beside(gateway, instance);
      await gateway.waitFor(() => second.said.includes("goes on beside this one"), "a warning");
      await gateway.said("another process of this instance has taken the place of this one");
      const hidden = lstatSync(control).ino;
      expect(hidden).not.toBe(first);
      // A successor would take over from the second one.
      process.kill(gateway.pid, "SIGUSR2");
      await gateway.said("no upgrade: another process of this instance");
      expect(gateway.output).not.toContain("started process");
      // It lives, and keeps what it has.
      expect(lstatSync(control).ino).toBe(hidden);
      await second.end(signal);
      await gateway.said("this process can be upgraded from now on");
      const old = gateway.pid;
      const { status, output } = await gateway.upgrade();
      expect({ status, output }).toEqual({ status: 0, output });
      await gateway.gone(old);
      await isServed(gateway, port);
    }, 120_000);
  }

  test("is told of by one that takes over, and finds nobody", async () => {
    const port = await freePort();
    await using gateway = await new Generations(site(port), instance).ready();
    const args = ["--instance", "other", "--takeover"];
    const warning = `[warning] another process listens on 127.0.0.1:${port}, and none was found ` +
      "to take over from: both will get clients\n";
    {
      await using second = new Beside(gateway, args);
      await gateway.waitFor(() => second.said.includes("fe listens on"), "a second process");
      expect(second.said).toStartWith(warning);
      await second.end("SIGTERM");
    }
    process.kill(gateway.pid, "SIGTERM");
    await gateway.gone(gateway.pid);
    await using alone = new Beside(gateway, args);
    await gateway.waitFor(() => alone.said.includes("fe listens on"), "a process");
    expect(alone.said).not.toContain("another process");
    await isServed(gateway, port);
    await alone.end("SIGTERM");
  }, 120_000);
});

const ownRun = [
  "sh",
  "-c",
  'chmod 755 . && exec "$@"',
  "sh",
  "unshare",
  "--mount",
  "--propagation=private",
  "sh",
  "-c",
  'mount -t tmpfs none /run && mkdir -m 700 -p /run/sluice && exec "$@"',
  "sh",
  "setpriv",
  "--reuid=59174",
  "--clear-groups",
  "env",
  "-u",
  "XDG_RUNTIME_DIR",
];
const mayMount = isRoot && Bun.spawnSync([...ownRun, "true"]).success;

describe.skipIf(!mayMount)("a user who asks for what root runs", () => {
  const upgrade = async (runtime: readonly string[]) => {
    const port = await freePort();
    await using gateway = await new Generations(site(port), instance).ready();
    const program = [...ownRun, ...runtime, ...sluiceCommand()];
    return await gateway.run(["upgrade", "-f", gateway.file, ...instance], () => {}, program);
  };

  test("is told so where nothing says where to look", async () => {
    expect(await upgrade(["-u", "RUNTIME_DIRECTORY"])).toEqual({
      status: 69,
      output:
        "no upgrade: there is no folder for it: neither RUNTIME_DIRECTORY nor XDG_RUNTIME_DIR is " +
        "set; processes that root runs (in /run/sluice) are for root to ask\n",
    });
  }, 60_000);

  test("is told whose the folder is", async () => {
    expect(await upgrade(["RUNTIME_DIRECTORY=/run/sluice"])).toEqual({
      status: 69,
      output: "no upgrade: the running process can't be reached: /run/sluice belongs to root\n",
    });
  }, 60_000);

  test(
    "starts a process of his own with '--takeover', which says why it can't be found",
    async () => {
      const port = await freePort();
      await using gateway = new Generations(site(port), [...instance, "--takeover"], [
        ...ownRun,
        "-u",
        "RUNTIME_DIRECTORY",
        ...sluiceCommand(),
      ]);
      await gateway.said("this process can't be upgraded: there is no folder for it");
      await isServed(gateway, port);
    },
    60_000,
  );
});
