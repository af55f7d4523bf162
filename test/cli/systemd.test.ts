import { describe, expect, test } from "bun:test";
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { libc } from "../../ffi/mod.ts";
import { freePort } from "../support/free_port.ts";
import { sluiceCommand } from "../support/sluice.ts";
import { answering, ask } from "./command.ts";
import { PlayedManager } from "./played_manager.ts";

const example = (name: string) =>
  fileURLToPath(new URL(`../../examples/systemd/${name}`, import.meta.url));

/** What a unit says, a key for each setting. */
function linesOf(text: string): ReadonlyMap<string, string> {
  const settings = text.split("\n").filter((line) => /^\w+=/.test(line));
  return new Map(settings.map((line) => [line.split("=")[0]!, line.slice(line.indexOf("=") + 1)]));
}

const settingsOf = (name: string) => linesOf(readFileSync(example(name), "utf8"));

const servicePath = example("sluice.service");
const unit = settingsOf("sluice.service");

/** The unit after the command that the page has for managers before systemd 253. */
function olderUnit(): string {
  const page = fileURLToPath(new URL("../../docs/supervision.md", import.meta.url));
  const [, words] = /^sed -i (.*) \/etc\/systemd\/system\/sluice\.service$/m
    .exec(readFileSync(page, "utf8"))!;
  const { stdout } = Bun.spawnSync(["sh", "-c", `sed ${words} "$1"`, "sh", servicePath]);
  return stdout.toString();
}

const analyze = Bun.which("systemd-analyze") ?? undefined;

function managerVersion(program: string): number {
  const { stdout } = Bun.spawnSync([program, "--version"]);
  return Number(/^systemd (\d+)/.exec(stdout.toString())?.[1]);
}

/** The example unit's service: its command line, folders and store, with a configuration of the test's. */
class ExampleService {
  readonly file: string;
  readonly environment: Readonly<Record<string, string>>;

  constructor(readonly manager: PlayedManager, configuration: string) {
    this.file = join(manager.folder, "site.cfg");
    const runtime = join(manager.folder, "run", unit.get("RuntimeDirectory")!);
    const store = unit.get("FileDescriptorStoreMax")!;
    this.environment = { RUNTIME_DIRECTORY: runtime, FDSTORE: store };
    this.rewrite(configuration);
  }

  rewrite(configuration: string): void {
    writeFileSync(this.file, configuration);
  }

  get command(): readonly string[] {
    const [program, ...words] = unit.get("ExecStart")!.split(" ");
    expect(program).toBe("/usr/local/bin/sluice");
    const args = words.map((word) => word === "/etc/sluice/site.cfg" ? this.file : word);
    return [...sluiceCommand(), ...args, "--probation", "50"];
  }

  start(sockets: Parameters<PlayedManager["start"]>[2] = []): Bun.Subprocess {
    return this.manager.start(this.command, this.environment, sockets);
  }

  /** `sluice upgrade`, as an operator runs it. */
  async upgrade(): Promise<number> {
    const command = [...sluiceCommand(), "upgrade", "-f", this.file, "--probation", "50"];
    const env = { ...process.env, ...this.environment };
    const child = Bun.spawn(command, { env, stdio: ["ignore", "ignore", "ignore"] });
    return await child.exited;
  }

  get endpoints(): string {
    return this.environment.RUNTIME_DIRECTORY!;
  }
}

/** The clock that systemd compares with. */
async function systemMicroseconds(): Promise<number> {
  const time = new BigInt64Array(2);
  (await libc()).clock_gettime(1, new Uint8Array(time.buffer));
  return Number(time[0]! * 1_000_000n + time[1]! / 1000n);
}

/** Waits in the queue of a port until someone answers. */
function waitingClient(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let got = "";
    const socket = createConnection(port, "127.0.0.1", () => {
      socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    });
    socket.on("data", (bytes) => got += bytes);
    socket.on("end", () => resolve(got.split("\r\n\r\n")[1] ?? ""));
    socket.on("error", reject);
  });
}

describe("the example unit", () => {
  test("its settings are those that this page plays", () => {
    expect(unit.get("Type")).toBe("notify-reload");
    expect(unit.get("NotifyAccess")).toBe("main");
    expect([...unit.keys()]).not.toContain("ExecReload");
    expect(settingsOf("sluice.socket").get("FileDescriptorName")).toBe("web");
  });

  // Type=notify-reload came with systemd 253, and an older one went on without any type.
  test("docs/supervision.md makes a unit for older managers of it", () => {
    const older = linesOf(olderUnit());
    expect(older.get("Type")).toBe("notify");
    expect(older.get("ExecReload")).toBe("/bin/kill -HUP $MAINPID");
    expect(older.get("Environment")).toBe(`FDSTORE=${unit.get("FileDescriptorStoreMax")}`);
    for (const [key, value] of unit) if (key !== "Type") expect(older.get(key)).toBe(value);
  });

  test.skipIf(analyze === undefined)(
    "systemd finds nothing wrong with the one that is for it",
    () => {
      const folder = mkdtempSync(join(tmpdir(), "sluice-unit-"));
      const text = managerVersion(analyze!) < 253 ? olderUnit() : readFileSync(servicePath, "utf8");
      const file = join(folder, "sluice.service");
      writeFileSync(file, text.replace("/usr/local/bin/sluice", process.execPath));
      const { exitCode, stderr } = Bun.spawnSync([analyze!, "verify", file]);
      rmSync(folder, { recursive: true });
      expect([exitCode, stderr.toString()]).toEqual([0, ""]);
    },
  );

  test(
    "start, reload, upgrade and stop are told, each by the main process of the moment",
    async () => {
      await using manager = await PlayedManager.create();
      const port = await freePort();
      const service = new ExampleService(manager, answering(port));
      service.start();
      const first = manager.mainPid;
      await manager.hears("READY=1");

      const before = await systemMicroseconds();
      manager.signal("SIGHUP");
      await manager.hears("READY=1", 2);

      expect(await service.upgrade()).toBe(0);
      await manager.gone(first);
      await manager.hears("READY=1", 4);
      const second = manager.mainPid;
      expect(second).not.toBe(first);
      expect(await ask(port)).toBe("hello");

      manager.signal("SIGTERM");
      await manager.hears("STOPPING=1");
      await manager.gone(second);

      const told = manager.heard.map(({ pid, lines }) => ({
        by: pid === first ? "first" : "second",
        lines: lines.map((line) =>
          line.replace(`MAINPID=${first}`, "MAINPID=first")
            .replace(`MAINPID=${second}`, "MAINPID=second")
            .replace(/^(MONOTONIC_USEC)=\d+$/, "$1")
            .replace(/^(FDNAME=sluice-127.0.0.1%3A)\d+$/, "$1")
        ),
      }));
      const by = (by: string, ...lines: string[]) => ({ by, lines });
      const name = "FDNAME=sluice-127.0.0.1%3A";
      expect(told).toEqual([
        by("first", "FDSTORE=1", name),
        by("first", "READY=1", "MAINPID=first", "STATUS=Ready."),
        by("first", "RELOADING=1", "MONOTONIC_USEC", "STATUS=Reloading Configuration."),
        by("first", "READY=1", "MAINPID=first", "STATUS=Ready."),
        by("first", "RELOADING=1", "MONOTONIC_USEC", "STATUS=Upgrading."),
        by("first", "FDSTOREREMOVE=1", name),
        by("first", "READY=1", "MAINPID=second", "STATUS=Ready."),
        by("second", "FDSTORE=1", name),
        by("second", "READY=1", "MAINPID=second", "STATUS=Ready."),
        by("second", "STOPPING=1"),
      ]);
      expect(manager.refused).toEqual([]);
      // systemd takes an older time for that of an earlier reload.
      const times = manager.lines.filter((line) => line.startsWith("MONOTONIC_USEC="))
        .map((line) => Number(line.split("=")[1]));
      expect(times[0]).toBeGreaterThanOrEqual(before);
      expect(times[1]).toBeGreaterThanOrEqual(times[0]!);
    },
    90_000,
  );

  test("an upgrade that fails leaves the main process what it was", async () => {
    await using manager = await PlayedManager.create();
    const port = await freePort();
    const service = new ExampleService(manager, answering(port));
    service.start();
    const { mainPid } = manager;
    await manager.hears("READY=1");
    service.rewrite(answering(port).replace("bind", "bnd"));
    manager.signal("SIGUSR2");
    await manager.hears("STATUS=Upgrading.");
    await manager.hears("READY=1", 2);
    expect(manager.lines.at(-1)).toMatch(
      /^STATUS=Upgrade failed: the new process ended with status 1: \S+:\d+:\d+: error: .*'bnd'/,
    );
    expect(manager.mainPid).toBe(mainPid);
    expect(await ask(port)).toBe("hello");
  }, 60_000);
});

const root = process.getuid?.() === 0 && Bun.which("setpriv") !== null;

test.skipIf(!root)("root upgrades a service that runs as another user (DynamicUser=)", async () => {
  expect(unit.get("DynamicUser")).toBe("yes");
  await using manager = await PlayedManager.create();
  const port = await freePort();
  const service = new ExampleService(manager, answering(port));
  const [uid, gid] = [65534, 65534];
  mkdirSync(service.endpoints, { recursive: true });
  for (const path of [manager.folder, service.endpoints]) chownSync(path, uid, gid);
  const become = ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups"];
  manager.start([...become, ...service.command], service.environment);
  const first = manager.mainPid;
  await manager.hears("READY=1");
  expect(await service.upgrade()).toBe(0);
  await manager.gone(first);
  const status = readFileSync(`/proc/${manager.mainPid}/status`, "utf8");
  expect(status).toMatch(/^Uid:\t65534\t65534\t65534\t65534$/m);
  expect(await ask(port)).toBe("hello");
}, 60_000);

describe("sockets of the manager", () => {
  test("a bind takes the one that listens at its address, or has its name", async () => {
    await using manager = await PlayedManager.create();
    const [web, admin, other] = [await freePort(), await freePort(), await freePort()];
    const sockets = [
      manager.listen(web, "web"),
      manager.listen(admin, "admin"),
      manager.listen(other, "other"),
    ];
    const service = new ExampleService(
      manager,
      `${answering(web)}  bind "fd@\${LISTEN_FD_admin}"\n`,
    );
    service.start(sockets);
    const first = manager.mainPid;
    await manager.hears("READY=1");
    expect(await Promise.all([ask(web), ask(admin)])).toEqual(["hello", "hello"]);
    expect(manager.output).toContain("no bind uses socket 5 ('other') of the service manager");
    expect(manager.stored).toEqual([]);

    // A reload may begin to use one, stop using it, and use it again.
    const both = readFileSync(service.file, "utf8");
    for (const [at, text] of [`${both}  bind 127.0.0.1:${other}\n`, both].entries()) {
      service.rewrite(text);
      manager.signal("SIGHUP");
      await manager.hears("READY=1", at + 2);
    }
    service.rewrite(`${both}  bind 127.0.0.1:${other}\n`);
    manager.signal("SIGHUP");
    await manager.hears("READY=1", 4);
    expect(await ask(other)).toBe("hello");

    expect(await service.upgrade()).toBe(0);
    await manager.gone(first);
    const answers = await Promise.all([web, admin, other].map(ask));
    expect(answers).toEqual(["hello", "hello", "hello"]);

    // Whoever comes while nobody serves waits for the next start.
    manager.signal("SIGTERM");
    await manager.gone(manager.mainPid);
    const waiting = waitingClient(web);
    manager.stored.splice(0).forEach((held) => manager.close(held));
    service.start(sockets);
    expect(await waiting).toBe("hello");
    for (const socket of sockets) manager.close(socket);
  }, 90_000);

  test("sockets meant for another process are left alone", async () => {
    await using manager = await PlayedManager.create();
    const port = await freePort();
    const service = new ExampleService(manager, answering(port));
    const command = ["sh", "-c", 'LISTEN_PID=1 exec "$@"', "sh", ...service.command];
    const socket = manager.listen(await freePort(), "web");
    manager.start(command, service.environment, [socket]);
    await manager.hears("READY=1");
    expect(manager.output).not.toContain("no bind uses");
    manager.close(socket);
  }, 60_000);

  test("-Ws has them, too", async () => {
    await using manager = await PlayedManager.create();
    const port = await freePort();
    const service = new ExampleService(manager, answering(port));
    const socket = manager.listen(port, "web");
    manager.start([...sluiceCommand(), "-Ws", "-f", service.file], {}, [socket]);
    await manager.hears("READY=1");
    expect(await ask(port)).toBe("hello");
    manager.signal("SIGTERM");
    await manager.gone(manager.mainPid);
    manager.close(socket);
  }, 60_000);
});

describe("the manager's store", () => {
  test("a listening socket outlives a crash, and whoever waits in its queue", async () => {
    await using manager = await PlayedManager.create();
    const port = await freePort();
    const service = new ExampleService(manager, answering(port));
    service.start();
    await manager.hears("READY=1");
    expect(manager.stored.length).toBe(1);
    manager.signal("SIGKILL");
    await manager.gone(manager.mainPid);
    const waiting = waitingClient(port);
    service.start();
    expect(await waiting).toBe("hello");
    await manager.hears("READY=1", 2);
    expect(manager.lines.filter((line) => line === "FDSTORE=1").length).toBe(1);
    expect(manager.stored.length).toBe(1);
  }, 60_000);

  test("it holds what the configuration listens on, reload after reload", async () => {
    await using manager = await PlayedManager.create();
    const [one, two] = [await freePort(), await freePort()];
    const service = new ExampleService(manager, answering(one));
    service.start();
    await manager.hears("READY=1");
    service.rewrite(`${answering(one)}  bind 127.0.0.1:${two}\n`);
    manager.signal("SIGHUP");
    await manager.hears("READY=1", 2);
    const names = () => manager.stored.map(({ name }) => name);
    expect(names()).toEqual([`sluice-127.0.0.1%3A${one}`, `sluice-127.0.0.1%3A${two}`]);
    service.rewrite(answering(two));
    manager.signal("SIGHUP");
    await manager.hears("READY=1", 3);
    expect(names()).toEqual([`sluice-127.0.0.1%3A${two}`]);
    expect(await ask(one)).toBeUndefined();

    // What the next start has no use for must not swallow clients.
    manager.signal("SIGKILL");
    await manager.gone(manager.mainPid);
    service.rewrite(answering(one));
    service.start();
    await manager.hears("READY=1", 4);
    expect(names()).toEqual([`sluice-127.0.0.1%3A${one}`]);
    expect(await ask(two)).toBeUndefined();
  }, 60_000);

  test("nothing is stored unless the unit asks for it", async () => {
    await using manager = await PlayedManager.create();
    const service = new ExampleService(manager, answering(await freePort()));
    const { RUNTIME_DIRECTORY } = service.environment;
    manager.start(service.command, { RUNTIME_DIRECTORY: RUNTIME_DIRECTORY! });
    await manager.hears("READY=1");
    expect(manager.stored).toEqual([]);
    expect(existsSync(service.endpoints)).toBe(true);
  }, 60_000);
});
