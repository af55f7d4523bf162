import { describe, expect, test } from "bun:test";
import { chmodSync, lstatSync, readFileSync } from "node:fs";
import { askControl } from "../support/control_client.ts";
import { childrenOf, isAlive } from "../support/process_state.ts";
import { NotifySink } from "../cli/notify_sink.ts";
import { until } from "./stage/supervised.ts";
import { isRoot, whole, WithoutRights } from "./stage/without_rights.ts";

const refusal =
  "'user', 'group' and 'chroot' have taken its rights away, and there is no parent that could start " +
  "the next process: start it with -W, or replace it by '-x … -sf' or 'sluice run --takeover'";

describe.skipIf(!isRoot || !NotifySink.available())(
  "without rights, under HAProxy's master",
  () => {
    for (const flags of [["-W", "-db"], ["-Ws"]]) {
      test(`${flags[0]}: two upgrades, a reload and another upgrade`, async () => {
        await using sinks = new AsyncDisposableStack();
        const log = await new NotifySink().ready();
        const manager = await new NotifySink().ready();
        for (const sink of [log, manager]) sinks.defer(() => sink.end());
        await using stage = await WithoutRights.make(log.path);
        const { gateway, control, confined } = stage;
        const args = [...flags, "-f", gateway.file, "-p", gateway.pidFile];
        const master = gateway.start(args, ["env", `NOTIFY_SOCKET=${manager.path}`]);
        await gateway.said("Loading success.");
        const workers = [await stage.worker(master.pid)];
        expect(stage.facts(workers[0]!)).toEqual(confined);
        const { ino, mode, gid } = lstatSync(control);
        await stage.connect();

        for (const loads of [2, 3]) {
          const { status, output } = await gateway.upgrade();
          expect({ status, output }).toEqual({ status: 0, output });
          await gateway.said("Loading success.", loads);
          workers.push(await stage.worker(master.pid));
          expect(stage.facts(workers.at(-1)!)).toEqual(confined);
          await stage.answersAll();
        }
        expect(new Set(workers).size).toBe(3);
        // What was opened before the rights were gone works: the log, and the socket for commands.
        const logged = log.lines.length;
        await stage.answersAll();
        await until(() => log.lines.length > logged, "log lines", () => gateway.output);
        expect(await askControl(control, "show info\n")).toContain(`Pid: ${workers[2]}\n`);
        const now = lstatSync(control);
        expect([now.ino, now.mode, now.gid]).toEqual([ino, mode, gid]);
        expect([mode & 0o777, gid]).toEqual([0o660, 65534]);
        expect(readFileSync(gateway.pidFile, "utf8")).toBe(`${master.pid}\n`);
        expect(await stage.tally()).toEqual(whole);

        // A reload is another process here, which has an endpoint of its own.
        process.kill(master.pid, "SIGUSR2");
        await gateway.said(`Former worker (${workers[2]}) exited with code 0`);
        workers.push(await stage.worker(master.pid));
        await stage.connect();
        expect((await gateway.upgrade()).status).toBe(0);
        workers.push(await stage.worker(master.pid));
        await stage.answersAll();
        expect(stage.facts(workers.at(-1)!)).toEqual(confined);
        expect(new Set(workers).size).toBe(5);
        expect(await stage.tally()).toEqual(whole);

        process.kill(master.pid, "SIGTERM");
        expect(await master.exited).toBe(0);
        if (flags[0] === "-Ws") {
          await manager.gets("STOPPING=1");
          const named = manager.lines.filter((line) => line.startsWith("MAINPID="));
          expect(named.length).toBeGreaterThanOrEqual(5);
          expect(new Set(named)).toEqual(new Set([`MAINPID=${master.pid}`]));
        }
      }, 120_000);
    }

    test("what fails leaves the worker as it was, and it is found again", async () => {
      await using stage = await WithoutRights.make();
      const { gateway } = stage;
      const master = gateway.start(["-Ws", "-f", gateway.file]);
      await gateway.said("Loading success.");
      const worker = await stage.worker(master.pid);
      await stage.connect();
      const sound = gateway.configuration;
      gateway.write(sound.replace("bind", "bnd"));
      expect(await gateway.upgrade()).toMatchObject({
        status: 75,
        output: expect.stringContaining(
          `no upgrade: the new process ended with status 1: ${gateway.file}:`,
        ),
      });
      // It can't give its rights up: that is found before any client has come to it.
      gateway.write(sound.replace(/chroot .*/, "chroot /nowhere"));
      expect(await gateway.upgrade()).toMatchObject({
        status: 75,
        output: expect.stringContaining("it can't give its rights up"),
      });
      gateway.write(sound);
      const upgrade = gateway.upgrade("--probation", "60000");
      await gateway.said(": probation");
      const successor = childrenOf(master.pid).find((pid) => pid !== worker)!;
      process.kill(successor, "SIGKILL");
      expect((await upgrade).status).toBe(75);
      await stage.answersAll();
      expect(await stage.worker(master.pid)).toBe(worker);
      expect((await gateway.upgrade("--dry-run")).output).toContain("an upgrade would work");
      expect((await gateway.upgrade()).status).toBe(0);
      await gateway.gone(worker);
      await stage.answersAll();
      expect(await stage.tally()).toEqual(whole);
    }, 120_000);

    test("a reload during an upgrade is refused", async () => {
      await using stage = await WithoutRights.make();
      const { gateway } = stage;
      const master = gateway.start(["-Ws", "-f", gateway.file]);
      await gateway.said("Loading success.");
      const worker = await stage.worker(master.pid);
      await stage.connect();
      const upgrade = gateway.upgrade("--probation", "60000");
      await gateway.said(": probation");
      process.kill(master.pid, "SIGUSR2");
      await gateway.said("Reload refused: an upgrade is under way.");
      // It would be in its probation for long yet.
      for (const pid of childrenOf(master.pid)) if (pid !== worker) process.kill(pid, "SIGKILL");
      expect((await upgrade).status).toBe(75);
      expect(await stage.worker(master.pid)).toBe(worker);
      await stage.answersAll();
      expect(await stage.tally()).toEqual(whole);
    }, 60_000);
  },
);

describe.skipIf(!isRoot)("without rights", () => {
  test(
    "sluice run keeps a parent: upgrades by command and signal, and a reload, lose nothing",
    async () => {
      await using stage = await WithoutRights.make();
      const { gateway, confined } = stage;
      const parent = gateway.start(["run", "-f", gateway.file, "--probation", "50"]);
      await gateway.said("Loading success.");
      await stage.connect();
      const workers = [await stage.worker(parent.pid)];
      expect((await gateway.upgrade()).status).toBe(0);
      workers.push(await stage.worker(parent.pid));
      await stage.answersAll();
      process.kill(parent.pid, "SIGUSR2");
      await gateway.said("Loading success.", 3);
      workers.push(await stage.worker(parent.pid));
      await stage.answersAll();

      // What the configuration says now is read by root: the worker could not.
      chmodSync(gateway.file, 0o600);
      gateway.write(
        gateway.configuration.replace("listen fe", "listen fe\n  http-response set-header x-v 2"),
      );
      process.kill(parent.pid, "SIGHUP");
      await gateway.said("configuration reloaded");
      workers.push(await stage.worker(parent.pid));
      const answer = await fetch(`http://127.0.0.1:${gateway.port}/`);
      expect(answer.headers.get("x-v")).toBe("2");
      await stage.answersAll();
      expect(new Set(workers).size).toBe(4);
      expect(stage.facts(workers[3]!)).toEqual(confined);

      gateway.write(gateway.configuration.replace("bind", "bnd"));
      process.kill(parent.pid, "SIGHUP");
      await gateway.said("Reload failed: the running configuration stays.");
      await stage.answersAll();
      expect(childrenOf(parent.pid)).toContain(workers[3]!);
      expect(await stage.tally()).toEqual(whole);
      process.kill(parent.pid, "SIGTERM");
      expect(await parent.exited).toBe(0);
    },
    120_000,
  );

  test("without a parent: refused, but root takes over from outside, twice", async () => {
    await using stage = await WithoutRights.make();
    const { gateway, confined } = stage;
    const first = gateway.start(["-db", "-f", gateway.file]);
    await gateway.findable();
    await until(() => stage.facts(first.pid).root === stage.jail, "its confinement");
    await stage.connect();
    expect(await gateway.upgrade()).toEqual({ status: 75, output: `no upgrade: ${refusal}\n` });
    process.kill(first.pid, "SIGUSR2");
    await gateway.said(`no upgrade: ${refusal}`);

    const take = ["run", "-f", gateway.file, "--takeover=require", "--probation", "50"];
    const parents = [gateway.start(take)];
    await gateway.gone(first.pid);
    await stage.answersAll();
    const worker = await stage.worker(parents[0]!.pid);
    expect(stage.facts(worker)).toEqual(confined);
    // By now whoever listens at the endpoint has nobody's rights.
    parents.push(gateway.start(take));
    expect(await parents[0]!.exited).toBe(0);
    await stage.answersAll();
    expect(stage.facts(await stage.worker(parents[1]!.pid))).toEqual(confined);
    expect((await gateway.upgrade()).status).toBe(0);
    await stage.answersAll();
    expect(await stage.tally()).toEqual(whole);
  }, 120_000);

  test("a new process that hangs is ended by the parent: the worker may not", async () => {
    await using stage = await WithoutRights.make();
    const { gateway } = stage;
    const parent = gateway.start(["run", "-f", gateway.file], ["env", "SLUICE_FAULT=took:stop"]);
    await gateway.said("Loading success.");
    const worker = await stage.worker(parent.pid);
    expect((await gateway.upgrade()).output).toContain("did not answer in time");
    expect(await stage.worker(parent.pid)).toBe(worker);
  }, 60_000);

  test("a chroot hides nobody's life: who closes the channel and lives goes on", async () => {
    await using stage = await WithoutRights.make();
    const { gateway } = stage;
    const parent = gateway.start(["run", "-f", gateway.file], ["env", "SLUICE_FAULT=final:close"]);
    await gateway.said("Loading success.");
    const worker = await stage.worker(parent.pid);
    await stage.connect();
    expect((await gateway.upgrade()).status).toBe(75);
    await gateway.said("sent back");
    expect(gateway.output).not.toContain("left alone");
    expect(isAlive(worker)).toBe(true);
    expect((await gateway.upgrade()).status).toBe(0);
    await gateway.gone(worker);
  }, 60_000);
});
