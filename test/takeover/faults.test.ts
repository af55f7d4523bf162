import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { freePort } from "../support/free_port.ts";
import { sluiceCommand } from "../support/sluice.ts";
import { Generations } from "./stage/generations.ts";
import { echoOrigin, KeepAliveClient, NewConnections } from "./stage/traffic.ts";
import { isAlive } from "../support/process_state.ts";

const configuration = (port: number, origin: number, more = ""): string => `
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend fe
  bind 127.0.0.1:${port}
${more}
  default_backend be
backend be
  server s 127.0.0.1:${origin}
`;

let origin: ReturnType<typeof echoOrigin>;
beforeAll(() => {
  origin = echoOrigin();
});
afterAll(() => origin.stop());

/** A gateway with clients, all of which must be served to the end. */
class Scene implements AsyncDisposable {
  readonly clients: KeepAliveClient[];
  readonly fresh: NewConnections;

  private constructor(readonly gateway: Generations, readonly port: number) {
    this.clients = Array.from({ length: 20 }, (_, i) => new KeepAliveClient(port, `c${i}`, i));
    this.fresh = new NewConnections(port);
  }

  static async make(args: readonly string[] = []): Promise<Scene> {
    const port = await freePort();
    const file = configuration(port, origin.port);
    const gateway = await new Generations(file, ["--instance", "test", ...args]).ready();
    return new Scene(gateway, port);
  }

  /** Ends all clients; none of them has noticed anything. */
  async allWell(): Promise<void> {
    await Promise.all([...this.clients.map((client) => client.stop()), this.fresh.stop()]);
    for (const { lost, wrong, closes } of this.clients) {
      expect({ lost, wrong, closes }).toEqual({ lost: 0, wrong: 0, closes: 0 });
    }
    expect(this.fresh.failed).toBe(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
  }
}

/** An executable of a few lines. */
function script(gateway: Generations, text: string): string {
  const path = join(gateway.folder, "successor");
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe("an upgrade that can't be", () => {
  test("a broken configuration: nothing is touched, the line is named", async () => {
    await using scene = await Scene.make();
    const { gateway } = scene;
    gateway.rewrite(configuration(scene.port, origin.port, "  nonsense here"));
    const { status, output } = await gateway.upgrade();
    expect(status).toBe(75);
    const error = new RegExp(
      `${RegExp.escape(gateway.file)}:\\d+:\\d+: error: unknown keyword 'nonsense'.*`,
    ).exec(gateway.output)![0];
    expect(output).toMatch(/^started process \d+\n/);
    const why = `no upgrade: the new process ended with status 1: ${error}\n`;
    expect(output.replace(/^.*\n/, "")).toBe(`${error}\n${why}`);
    expect(gateway.output).toContain(why);
    const trial = await gateway.upgrade(["--dry-run"]);
    expect([trial.status, trial.output]).toEqual([75, expect.stringContaining(`\n${why}`)]);
    const thirty = Array.from({ length: 30 }, (_, i) => `  ${"x".repeat(999)}${i}\n`).join("");
    gateway.rewrite(configuration(scene.port, origin.port, thirty));
    const many = (await gateway.upgrade()).output.split("\n");
    expect(many.filter((line) => line.includes(": error: "))).toHaveLength(17);
    expect(many).toContain("and 14 more errors");
    expect(many.at(-2)).toEndWith("(and 29 more errors)");
    expect(Math.max(...many.map(({ length }) => length))).toBeLessThan(600);
    await scene.allWell();
  }, 60_000);

  test("a bind that another process has: nothing is touched", async () => {
    await using scene = await Scene.make();
    const taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    scene.gateway.rewrite(
      configuration(scene.port, origin.port, `  bind 127.0.0.1:${taken.port}`),
    );
    const { status, output } = await scene.gateway.upgrade();
    expect(status).toBe(75);
    expect(output).toMatch(/no upgrade: .*cannot bind socket \(Address already in use\)/);
    await scene.allWell();
    taken.stop();
  }, 60_000);

  test("a program that is missing, or ends at once: nothing is touched", async () => {
    await using scene = await Scene.make();
    const { gateway } = scene;
    const missing = await gateway.upgrade(["--to", "/nowhere/sluice"]);
    expect(missing.status).toBe(75);
    expect(missing.output).toStartWith("no upgrade: the new process could not be started");
    const ended = await gateway.upgrade(["--to", script(gateway, "exit 7")]);
    expect(ended.output).toEndWith(
      `the new process ended with status 7 before it asked to take over: is '${gateway.folder}/successor' ` +
        "a sluice? What it said is on the standard error of the process that runs\n",
    );
    await scene.allWell();
  }, 60_000);

  test("two at once: the second is told that one is under way", async () => {
    await using scene = await Scene.make();
    const { gateway } = scene;
    const first = gateway.upgrade(["--probation", "6000"]);
    await gateway.said(": probation");
    const second = await gateway.upgrade();
    expect(second).toEqual({
      status: 75,
      output: "no upgrade: another takeover is under way\n",
    });
    expect((await first).status).toBe(0);
    await scene.allWell();
  }, 60_000);

  test("nobody runs: says so", async () => {
    await using gateway = new Generations("", []);
    expect(await gateway.upgrade()).toEqual({
      status: 69,
      output: "no upgrade: no process of this instance runs: nobody listens at " +
        `${gateway.endpoint.control}\n`,
    });
  }, 60_000);

  test("a second one that takes nothing over: says that it hides the first", async () => {
    const file = configuration(await freePort(), origin.port);
    await using gateway = await new Generations(file, ["--instance", "test"]).ready();
    expect(gateway.output).not.toContain("another process");
    const args = ["run", "-f", gateway.file, "--instance", "test"];
    const second = Bun.spawn([...sluiceCommand(), ...args], {
      env: { ...process.env, RUNTIME_DIRECTORY: join(gateway.folder, "run") },
      stdout: "ignore",
      stderr: "pipe",
    });
    let said = "";
    for await (const piece of second.stderr) {
      said += Buffer.from(piece).toString("latin1");
      if (said.includes("listens on")) second.kill("SIGTERM");
    }
    expect(await second.exited).toBe(0);
    expect(said).toContain("[warning] another process of this instance runs, and goes on beside");
  }, 60_000);

  test("a trial changes nothing, and says whether it would work", async () => {
    await using scene = await Scene.make();
    const { gateway } = scene;
    const { status, output } = await gateway.upgrade(["--dry-run"]);
    expect(status).toBe(0);
    expect(output).toContain("an upgrade would work");
    expect(gateway.pids).toEqual([gateway.pid]);
    expect(isAlive(gateway.pid)).toBe(true);
    await scene.allWell();
  }, 60_000);
});

describe("a process that is killed", () => {
  test(
    "the new one, in its probation: the old one accepts again, and the next try works",
    async () => {
      await using scene = await Scene.make();
      const { gateway } = scene;
      // Those that the new process has accepted are lost with it.
      await scene.fresh.stop();
      const upgrade = gateway.upgrade(["--probation", "20000"]);
      await gateway.said(": probation");
      process.kill(Number(/takeover by process (\d+)/.exec(gateway.output)![1]), "SIGKILL");
      const { status, output } = await upgrade;
      expect(status).toBe(75);
      expect(output).toContain("no upgrade: ");
      const again = new NewConnections(scene.port);
      expect((await gateway.upgrade()).status).toBe(0);
      await again.stop();
      expect(again.failed).toBe(0);
      await scene.allWell();
    },
    60_000,
  );

  test("the old one, in the probation of the new one: that one serves alone", async () => {
    await using scene = await Scene.make();
    const { gateway } = scene;
    await Promise.all([...scene.clients.map((client) => client.stop()), scene.fresh.stop()]);
    const upgrade = gateway.upgrade(["--probation", "20000"]);
    await gateway.said(": probation");
    const successor = Number(/takeover by process (\d+)/.exec(gateway.output)![1]);
    process.kill(gateway.pid, "SIGKILL");
    expect((await upgrade).status).toBe(75);
    await gateway.said("left alone: the other process is gone");
    gateway.noteSuccessor(`started process ${successor}\nupgraded`);
    const after = new NewConnections(scene.port);
    // It can be taken over like any other.
    await gateway.waitFor(() => after.opened > 5, "new clients");
    expect((await gateway.upgrade()).status).toBe(0);
    await after.stop();
    expect(after.failed).toBe(0);
  }, 60_000);
});

describe("the endpoint", () => {
  const say = (path: string, bytes: Uint8Array): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect(path);
      socket.on("error", () => {});
      socket.on("close", () => resolve());
      socket.resume();
      socket.write(bytes);
    });

  test("closes what is no message, and the process goes on", async () => {
    await using scene = await Scene.make();
    const { gateway } = scene;
    const { control, descriptors } = gateway.endpoint;
    const long = Buffer.alloc(20, 255);
    await say(control, long);
    await gateway.said("the takeover socket: the other process said a frame is too long");
    const rubbish = Buffer.alloc(300, 7);
    rubbish.writeUInt32LE(280);
    for (let i = 0; i < 20; i++) await say(control, rubbish);
    // Nobody reads what is not announced; it must not stay in the way of those who are.
    const idlers = Array.from({ length: 6 }, () => connect(descriptors));
    for (const idler of idlers) idler.on("error", () => {});
    expect(gateway.output.split("the takeover socket").length - 1).toBeLessThan(4);
    expect((await gateway.upgrade()).status).toBe(0);
    for (const idler of idlers) idler.destroy();
    await scene.allWell();
  }, 60_000);

  // They stayed in the kernel's queue for good, and once it was full no process could be announced.
  test(
    "forgets connections for descriptors that nobody announced, as many as there are",
    async () => {
      await using scene = await Scene.make();
      const { gateway } = scene;
      const knock = () =>
        new Promise<"in" | "full">((resolve) => {
          const socket = connect(gateway.endpoint.descriptors);
          socket.on("error", () => resolve("full"));
          socket.on("connect", () => {
            socket.destroy();
            resolve("in");
          });
        });
      let knocks = 0;
      while (knocks < 1000 && await knock() === "in") knocks++;
      expect(knocks).toBeGreaterThan(0);
      expect(knocks).toBeLessThan(1000);
      expect((await gateway.upgrade()).status).toBe(0);
      await scene.allWell();
    },
    60_000,
  );

  test("closes whoever says nothing, in time", async () => {
    await using scene = await Scene.make();
    const silent = connect(scene.gateway.endpoint.control);
    await new Promise<void>((resolve) => silent.on("close", () => resolve()).resume());
    await scene.gateway.said("the takeover socket: the other process did not answer in time");
    await scene.allWell();
  }, 60_000);

  test("goes with the process", async () => {
    await using scene = await Scene.make();
    const { gateway } = scene;
    await scene.allWell();
    process.kill(gateway.pid, "SIGTERM");
    await gateway.gone(gateway.pid);
    expect((await gateway.upgrade()).status).toBe(69);
  }, 60_000);
});

describe("a process that takes over by itself", () => {
  test("from one that runs, or starts alone where it may", async () => {
    await using scene = await Scene.make(["--probation", "50"]);
    const { gateway } = scene;
    const args = ["run", "-f", gateway.file, "--instance", "test", "--probation", "50"];
    const old = gateway.pid;
    const next = gateway.run([...args, "--takeover=require"]);
    await gateway.gone(old);
    expect((await gateway.upgrade()).status).toBe(0);
    await scene.allWell();
    process.kill(gateway.pid, "SIGTERM");
    await gateway.gone(gateway.pid);
    // Its own successor had its streams as well.
    expect((await next).status).toBe(0);
    expect((await gateway.run([...args, "--takeover=require"])).status).toBe(69);
  }, 60_000);

  test("SIGUSR2 replaces it", async () => {
    await using scene = await Scene.make(["--probation", "50"]);
    const { gateway } = scene;
    const old = gateway.pid;
    process.kill(old, "SIGUSR2");
    await gateway.gone(old);
    expect((await gateway.upgrade()).status).toBe(0);
    await scene.allWell();
  }, 60_000);
});
