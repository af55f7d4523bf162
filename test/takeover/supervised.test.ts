import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { freePort } from "../support/free_port.ts";
import { Supervised, until } from "./stage/supervised.ts";
import { childrenOf } from "../support/process_state.ts";

const namespace = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"];
/** It takes root, or a kernel that gives namespaces to anybody. */
const contained = Bun.which("unshare") !== null && Bun.spawnSync([...namespace, "true"]).success;
const whole = { lost: 0, wrong: 0, closes: 0 };

describe.skipIf(!contained)("process 1 of a container", () => {
  /** Starts a container; its process 1, as the host numbers it. */
  async function container(
    gateway: Supervised,
  ): Promise<{ outside: Bun.Subprocess; first: number }> {
    const outside = gateway.start(["run", "-f", gateway.file, "--probation", "50"], namespace);
    await gateway.said("listens on");
    await gateway.findable();
    const [first] = childrenOf(outside.pid);
    return { outside, first: gateway.watch(first!) };
  }

  test("it lives on when its worker is replaced, twice, and no client notices", async () => {
    await using gateway = await Supervised.make();
    const { outside, first } = await container(gateway);
    const workers = [childrenOf(first)[0]!];
    gateway.connect();
    await gateway.answersAll();

    const { status, output } = await gateway.upgrade();
    expect({ status, output }).toEqual({ status: 0, output });
    await gateway.gone(workers[0]!);
    workers.push(childrenOf(first).at(-1)!);
    await gateway.answersAll();

    process.kill(first, "SIGUSR2");
    await gateway.gone(workers[1]!);
    await until(() => childrenOf(first).length === 1, "one worker");
    workers.push(childrenOf(first)[0]!);
    await gateway.answersAll();

    expect(new Set(workers).size).toBe(3);
    expect(await gateway.tally()).toEqual(whole);
    process.kill(first, "SIGTERM");
    expect(await outside.exited).toBe(0);
  }, 90_000);

  test("HUP reloads, in a worker that took over as well", async () => {
    await using gateway = await Supervised.make();
    const { first } = await container(gateway);
    // The second one may find the worker that has just handed everything over.
    for (const reloads of [1, 2, 3]) {
      process.kill(first, "SIGHUP");
      await gateway.said("configuration reloaded", reloads);
      if (reloads < 3) expect((await gateway.upgrade()).status).toBe(0);
    }
  }, 90_000);

  test("an upgrade that fails changes nothing", async () => {
    await using gateway = await Supervised.make();
    const { first } = await container(gateway);
    const [worker] = childrenOf(first);
    gateway.connect();
    await gateway.answersAll();
    const sound = gateway.configuration;
    gateway.write(sound.replace("bind", "bnd"));
    expect(await gateway.upgrade()).toMatchObject({
      status: 75,
      output: expect.stringContaining(
        `no upgrade: the new process ended with status 1: ${gateway.file}:`,
      ),
    });
    gateway.write(sound);

    const upgrade = gateway.upgrade("--probation", "20000");
    await gateway.said(": probation");
    const successor = childrenOf(first).find((pid) => pid !== worker)!;
    process.kill(successor, "SIGKILL");
    expect((await upgrade).status).toBe(75);
    await gateway.answersAll();
    await until(() => childrenOf(first).length === 1, "the successor's end");
    expect(childrenOf(first)).toEqual([worker!]);
    expect(await gateway.tally()).toEqual(whole);
  }, 90_000);

  test("the worker's death ends it, with its status", async () => {
    await using gateway = await Supervised.make();
    const { outside, first } = await container(gateway);
    process.kill(childrenOf(first)[0]!, "SIGKILL");
    expect(await outside.exited).toBe(128 + 9);
  }, 60_000);

  test("children of others that have ended are not left behind", async () => {
    await using gateway = await Supervised.make();
    const { first } = await container(gateway);
    const workers = childrenOf(first);
    const inside = ["nsenter", `--target=${first}`, "--pid", "sh", "-c"];
    // The shell ends before its child does.
    const shell = [...inside, "for i in 1 2 3; do sleep 60 & done"];
    await Bun.spawn(shell, { stdio: ["ignore", "ignore", "ignore"] }).exited;
    await until(() => childrenOf(first).length === 4, "three orphans");
    for (const pid of childrenOf(first)) if (!workers.includes(pid)) process.kill(pid, "SIGKILL");
    await until(() => childrenOf(first).length === 1, "their end");
    expect(childrenOf(first)).toEqual(workers);
  }, 60_000);
});

describe("HAProxy's command line", () => {
  test("-W: the worker is replaced, the master and the pid file stay", async () => {
    await using gateway = await Supervised.make();
    const args = ["-W", "-f", gateway.file, "-p", gateway.pidFile];
    const master = gateway.start(args);
    await gateway.said("Loading success.");
    const [worker] = childrenOf(master.pid);
    gateway.connect();
    await gateway.answersAll();
    expect((await gateway.upgrade()).status).toBe(0);
    await gateway.said(`Former worker (${worker}) exited with code 0`);
    await gateway.answersAll();
    expect(readFileSync(gateway.pidFile, "utf8")).toBe(`${master.pid}\n`);
    expect(childrenOf(master.pid)).not.toContain(worker);

    // USR2 means a reload here, as it does for HAProxy's master.
    const workers = childrenOf(master.pid);
    const other = await freePort();
    gateway.write(gateway.configuration.replace(/ {2}bind .*/, `$&\n  bind 127.0.0.1:${other}`));
    process.kill(master.pid, "SIGUSR2");
    while (!(await fetch(`http://127.0.0.1:${other}/`).catch(() => undefined))) await Bun.sleep(5);
    await gateway.answersAll();
    expect(childrenOf(master.pid)).toEqual(workers);
    expect(await gateway.tally()).toEqual(whole);
    process.kill(master.pid, "SIGTERM");
    expect(await master.exited).toBe(0);
  }, 90_000);

  test("-D: the next process writes the pid file, and USR2 starts one more", async () => {
    await using gateway = await Supervised.make();
    const pid = () => gateway.watch(Number(readFileSync(gateway.pidFile, "utf8")));
    const starter = gateway.start(["-D", "-f", gateway.file, "-p", gateway.pidFile]);
    expect(await starter.exited).toBe(0);
    const pids = [pid()];
    gateway.connect();
    await gateway.answersAll();
    expect((await gateway.upgrade()).status).toBe(0);
    await gateway.gone(pids[0]!);
    pids.push(pid());
    await gateway.answersAll();
    process.kill(pids[1]!, "SIGUSR2");
    await gateway.gone(pids[1]!);
    pids.push(pid());
    await gateway.answersAll();
    expect(new Set(pids).size).toBe(3);
    expect(await gateway.tally()).toEqual(whole);
    process.kill(pids[2]!, "SIGTERM");
    await gateway.gone(pids[2]!);
  }, 90_000);
});
