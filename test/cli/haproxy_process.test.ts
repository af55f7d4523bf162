import { plainSocket } from "../../src/config/bind_plan.ts";
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { libc } from "../../ffi/mod.ts";
import { Address } from "../../src/lang/address.ts";
import { listenAt } from "../../src/net/listening_socket.ts";
import { freePort } from "../support/free_port.ts";
import { answering, ask, CommandStage, type Started, type StartOptions } from "./command.ts";
import { NotifySink } from "./notify_sink.ts";
import { childrenOf, isAlive } from "../support/process_state.ts";

const stage = new CommandStage();
const started: Started[] = [];
const daemons: number[] = [];

afterEach(async () => {
  for (const child of started.splice(0)) {
    child.kill("SIGKILL");
    await child.ended();
  }
  for (const pid of daemons.splice(0)) signal(pid, "SIGKILL");
});
afterAll(() => stage.end());

function start(args: readonly string[], options?: StartOptions): Started {
  const child = stage.start(args, options);
  started.push(child);
  return child;
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** The decimal number in a pid file, of a process that is to end with the test. */
function pidIn(name: string): number {
  const text = readFileSync(`${stage.folder}/${name}`, "utf8");
  expect(text).toMatch(/^[0-9]+\n$/);
  daemons.push(Number(text));
  return Number(text);
}

async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await Bun.sleep(2);
}

/** Waits until a port gives this answer. */
async function answers(port: number, body: string | undefined): Promise<void> {
  while ((await ask(port)) !== body) await Bun.sleep(2);
}

async function site(name: string, global = ""): Promise<{ file: string; port: number }> {
  const port = await freePort();
  return { file: stage.write(name, answering(port, global)), port };
}

describe("in the foreground", () => {
  test("INT and TERM end it, and no pid file is written", async () => {
    const { file, port } = await site("plain.cfg");
    for (const name of ["SIGINT", "SIGTERM"] as const) {
      const child = start(["-db", "-p", "plain.pid", "-f", file]);
      await answers(port, "hello");
      child.kill(name);
      expect(await child.ended()).toBe(0);
    }
    expect(existsSync(`${stage.folder}/plain.pid`)).toBe(false);
  });

  test("USR1 lets it finish, proxy by proxy", async () => {
    const { file, port } = await site("soft.cfg");
    const child = start(["-f", file]);
    await answers(port, "hello");
    child.kill("SIGUSR1");
    expect(await child.ended()).toBe(0);
    expect(child.said).toMatch(/ : Proxy www stopped \(cumulated conns: FE: [1-9]\d*, BE: 0\)\.\n/);
  });

  test("HUP shows servers and proxies", async () => {
    const { file, port } = await site("dump.cfg");
    const text = readFileSync(file, "utf8");
    stage.write(
      "dump.cfg",
      `${text}backend app\n  server s1 127.0.0.1:1\n  server s2 127.0.0.1:1 disabled\n`,
    );
    const child = start(["-f", file]);
    await answers(port, "hello");
    child.kill("SIGHUP");
    await child.says("Proxy app has");
    const lines = child.said.split("\n").filter((line) => line.includes("SIGHUP"));
    expect(lines.map((line) => line.replace(/^.* : /, "").replace(/ Conn:.*/, ""))).toEqual([
      "SIGHUP received, dumping servers states.",
      "SIGHUP: Proxy www has no servers.",
      "SIGHUP: Server app/s1 is UP.",
      "SIGHUP: Server app/s2 is DOWN.",
      "SIGHUP: Proxy app has 1 active servers and 0 backup servers available.",
    ]);
  });

  test("TTOU lets go of the port, TTIN takes it again", async () => {
    const { file, port } = await site("pause.cfg");
    const child = start(["-f", file]);
    await answers(port, "hello");
    child.kill("SIGTTOU");
    await child.says("Paused frontend www.");
    expect(await ask(port)).toBeUndefined();
    const other = createServer().listen(port, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    await new Promise((resolve) => other.close(resolve));
    child.kill("SIGTTIN");
    await child.says("Resumed frontend www.");
    expect(await ask(port)).toBe("hello");
  });

  test("old processes end once it listens, without reuse of the port as well", async () => {
    const { file, port } = await site("old.cfg", "noreuseport");
    const old = start(["-f", file]);
    await answers(port, "hello");
    stage.write("old.cfg", readFileSync(file, "utf8").replace("string hello", "string again"));
    start(["-f", file, "-sf", String(old.pid)]);
    expect(await old.ended()).toBe(0);
    expect(old.said).toContain("Paused frontend www.");
    await answers(port, "again");
  });

  test("an old process goes on when this one can't start", async () => {
    const { file, port } = await site("kept.cfg", "noreuseport");
    const old = start(["-f", file]);
    await answers(port, "hello");
    const blocked = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => blocked.once("listening", resolve));
    const { port: taken } = blocked.address() as { port: number };
    const next = stage.write(
      "blocked.cfg",
      `${readFileSync(file, "utf8")}  bind 127.0.0.1:${taken}\n`,
    );
    const child = start(["-f", next, "-sf", String(old.pid)]);
    expect(await child.ended()).toBe(1);
    expect(child.said).toContain("Some protocols failed to start their listeners! Exiting.");
    await old.says("Resumed frontend www.");
    expect(await ask(port)).toBe("hello");
    blocked.close();
  });

  test("an inherited socket is accepted on, by number and by variable", async () => {
    const native = await libc();
    const address = { kind: "tcp", host: "127.0.0.1", port: 0, v6only: false } as const;
    const options = { socket: plainSocket, backlog: 16, reusePort: false };
    const { fd, port } = listenAt(native, address, Address.parse(address.host), options);
    const text = answering(0);
    for (const bind of ["fd@3", '"fd@${front}"']) {
      const file = stage.write("fd.cfg", text.replace("127.0.0.1:0", bind));
      for (const mode of [["-db"], ["-W"]]) {
        const env = { front: "3" };
        const child = start([...mode, "-f", file], { descriptors: [fd], env });
        if (mode[0] === "-W") await child.says("Loading success.");
        await answers(port, "hello");
        child.kill("SIGTERM");
        expect(await child.ended()).toBe(0);
      }
    }
    native.close(fd);
  });

  test("-n and -N limit connections, -C is where files are", async () => {
    const port = await freePort();
    const rule = "http-request return status 200 content-type text/plain lf-string %[fe_conn]";
    stage.write("limits.cfg", answering(port).replace(/http-request.*/, rule));
    start(["-n", "1", "-N", "7", "-C", stage.folder, "-f", "limits.cfg"]);
    await answers(port, "1");
    const first = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
    const second = ask(port);
    expect(await Promise.race([second, Bun.sleep(100)])).toBeUndefined();
    first.end();
    expect(await second).toBe("1");
  });
});

describe("in the background", () => {
  test("-D ends when it serves, and holds nothing of its starter's", async () => {
    const { file, port } = await site("daemon.cfg");
    const run = stage.run("-D", "-p", "daemon.pid", "-f", file);
    expect(run).toEqual({ status: 0, out: "", err: "" });
    const pid = pidIn("daemon.pid");
    expect(await ask(port)).toBe("hello");
    for (const fd of [0, 1, 2]) expect(readlinkSync(`/proc/${pid}/fd/${fd}`)).toBe("/dev/null");
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
    expect(Number(stat[3])).toBe(pid);
    signal(pid, "SIGTERM");
    await gone(pid);
  });

  test("-D says what is wrong and fails", async () => {
    const { file } = await site("broken.cfg");
    stage.write("broken.cfg", readFileSync(file, "utf8").replace("bind", "bnd"));
    const run = stage.run("-D", "-p", "broken.pid", "-f", file);
    expect(run.status).toBe(1);
    expect(run.err).toContain("unknown keyword 'bnd'");
    expect(existsSync(`${stage.folder}/broken.pid`)).toBe(false);
    const { file: sound } = await site("sound.cfg");
    const unwritable = stage.run("-D", "-p", "/nowhere/x.pid", "-f", sound);
    expect(unwritable.status).toBe(1);
    expect(unwritable.err).toContain("[haproxy.main()] Cannot create pidfile /nowhere/x.pid");
  });

  test("daemon, master-worker and pidfile do it without flags; -db wins over daemon", async () => {
    const { file, port } = await site(
      "global.cfg",
      `daemon\n master-worker\n pidfile ${stage.folder}/global.pid`,
    );
    expect(stage.run("-f", file).status).toBe(0);
    const master = pidIn("global.pid");
    const [worker] = childrenOf(master);
    expect(worker).toBeGreaterThan(0);
    expect(await ask(port)).toBe("hello");
    for (const pid of [master, worker!]) {
      expect(readlinkSync(`/proc/${pid}/fd/1`)).toBe("/dev/null");
    }
    signal(master, "SIGTERM");
    await gone(master);
    await gone(worker!);
    const child = start(["-db", "-f", file]);
    await child.says("Loading success.");
    child.kill("SIGINT");
    expect(await child.ended()).toBe(130);
  });
});

describe("with a master", () => {
  test("its exit status tells how it ended", async () => {
    const { file } = await site("master.cfg");
    const statuses = [["SIGINT", 130], ["SIGTERM", 0], ["SIGUSR1", 0]] as const;
    for (const [name, status] of statuses) {
      const child = start(["-W", "-f", file]);
      await child.says("Loading success.");
      child.kill(name);
      expect([name, await child.ended()]).toEqual([name, status]);
      expect(child.said).toContain(`All workers exited. Exiting... (${status})`);
    }
    const child = start(["-W", "-f", file]);
    await child.says("Loading success.");
    signal(childrenOf(child.pid)[0]!, "SIGKILL");
    expect(await child.ended()).toBe(137);
  });

  test("a configuration with an error ends it with 1", async () => {
    const { file } = await site("masterless.cfg");
    stage.write("masterless.cfg", readFileSync(file, "utf8").replace("bind", "bnd"));
    expect(await start(["-W", "-f", file]).ended()).toBe(1);
  });

  test("no worker outlives it", async () => {
    const { file, port } = await site("orphan.cfg");
    const child = start(["-W", "-f", file]);
    await child.says("Loading success.");
    const [worker] = childrenOf(child.pid);
    child.kill("SIGKILL");
    await gone(worker!);
    expect(await ask(port)).toBeUndefined();
  });

  test("USR2 and HUP reload in the worker; what is wrong changes nothing", async () => {
    const { file, port } = await site("reload.cfg");
    const text = readFileSync(file, "utf8");
    const child = start(["-W", "-f", file, "-p", "reload.pid"]);
    await child.says("Loading success.");
    expect(Number(readFileSync(`${stage.folder}/reload.pid`, "utf8"))).toBe(child.pid);
    const workers = childrenOf(child.pid);
    stage.write("reload.cfg", text.replace("string hello", "string two"));
    child.kill("SIGUSR2");
    await answers(port, "two");
    stage.write("reload.cfg", text.replace("string hello", "strung three"));
    child.kill("SIGHUP");
    await child.says("Reload failed: the running configuration stays.");
    expect(await ask(port)).toBe("two");
    expect(childrenOf(child.pid)).toEqual(workers);
  });

  test.skipIf(process.getuid?.() !== 0)(
    "a worker that gave up its rights is replaced by a reload",
    async () => {
      const { file, port } = await site(
        "confined.cfg",
        `chroot ${stage.folder}\n uid 65534\n gid 65534`,
      );
      const child = start(["-W", "-f", file]);
      await child.says("Loading success.");
      const [worker] = childrenOf(child.pid);
      const status = readFileSync(`/proc/${worker}/status`, "utf8");
      expect(status).toMatch(/^Uid:\t65534\t65534\t65534\t65534$/m);
      expect(status).toMatch(/^Gid:\t65534\t65534\t65534\t65534$/m);
      expect(readlinkSync(`/proc/${worker}/root`)).toBe(stage.folder);
      stage.write("confined.cfg", readFileSync(file, "utf8").replace("string hello", "string two"));
      child.kill("SIGUSR2");
      await child.says(`Former worker (${worker}) exited with code 0`);
      expect(await ask(port)).toBe("two");
      child.kill("SIGTERM");
      expect(await child.ended()).toBe(0);
    },
  );

  test("-S is a warning, which -dW makes fatal", async () => {
    const { file } = await site("commands.cfg");
    const child = start(["-W", "-S", "/nowhere/sock", "-f", file]);
    await child.says("Loading success.");
    expect(child.said).toContain("-S /nowhere/sock: not supported by Sluice");
    child.kill("SIGTERM");
    expect(await child.ended()).toBe(0);
    expect(await start(["-W", "-dW", "-S", "/nowhere/sock", "-f", file]).ended()).toBe(1);
  });
});

describe.skipIf(!NotifySink.available())("the service manager is told", () => {
  const story = (pid: number) => [
    "READY=1",
    `MAINPID=${pid}`,
    "STATUS=Ready.",
    "RELOADING=1",
    "MONOTONIC_USEC",
    "STATUS=Reloading Configuration.",
    "READY=1",
    `MAINPID=${pid}`,
    "STATUS=Ready.",
    "STOPPING=1",
  ];

  for (
    const [name, args, reload] of [["-Ws", ["-Ws"], "SIGUSR2"], ["run", ["run"], "SIGHUP"]] as const
  ) {
    test(`by ${name}`, async () => {
      const manager = await new NotifySink().ready();
      const { file } = await site("notify.cfg");
      const child = start([...args, "-f", file], { env: { NOTIFY_SOCKET: manager.path } });
      await manager.gets("READY=1");
      child.kill(reload);
      await manager.gets("READY=1", 2);
      child.kill("SIGTERM");
      await manager.gets("STOPPING=1");
      const lines = manager.lines.map((line) => line.replace(/^(MONOTONIC_USEC)=[0-9]+$/, "$1"));
      expect(lines).toEqual(story(child.pid));
      await manager.end();
      expect(await child.ended()).toBe(0);
    });
  }
});
