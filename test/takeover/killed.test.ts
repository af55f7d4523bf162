import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { childrenOf, stateOf } from "../support/process_state.ts";
import { sluiceCommand } from "../support/sluice.ts";
import { FaultyGateway } from "./stage/faulty.ts";
import { Supervised, until } from "./stage/supervised.ts";
import { echoOrigin } from "./stage/traffic.ts";

let origin: ReturnType<typeof echoOrigin>;
beforeAll(() => {
  origin = echoOrigin();
});
afterAll(() => origin.stop());

/** What a client hears that asks at once and waits. */
function asking(port: number): { readonly socket: Socket; readonly answer: Promise<string> } {
  const socket = connect(port, "127.0.0.1");
  socket.setEncoding("latin1");
  const answer = new Promise<string>((resolve, reject) => {
    let text = "";
    socket.on("data", (piece) => text += piece);
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
  });
  socket.write("GET /asked HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  return { socket, answer };
}

/** A program for `upgrade --to` that says that it is there, and starts Sluice when it is let go. */
class HeldProgram {
  readonly path: string;
  readonly #here: string;
  readonly #go: string;

  constructor(folder: string) {
    this.path = join(folder, "held");
    this.#here = join(folder, "here");
    this.#go = join(folder, "go");
    const command = sluiceCommand().map((word) => `'${word}'`).join(" ");
    const script = `#!/bin/sh
echo $$ > '${this.#here}.new'; mv '${this.#here}.new' '${this.#here}'
until [ -e '${this.#go}' ]; do sleep 0.02; done
exec ${command} "$@"
`;
    writeFileSync(this.path, script);
    chmodSync(this.path, 0o755);
  }

  /** 0 until it runs. */
  get pid(): number {
    return existsSync(this.#here) ? Number(readFileSync(this.#here, "utf8")) : 0;
  }

  letGo(): void {
    writeFileSync(this.#go, "");
  }
}

/** It can be taken over as any other. */
async function replaced(faulty: FaultyGateway): Promise<void> {
  const upgrade = await faulty.upgrade("");
  expect(await upgrade.outcome).toBe("handed over");
  faulty.gateway.succeededBy(upgrade.pid);
}

describe("the old process is killed before the new one accepts: that one serves alone", () => {
  test("with the sockets that have come, whose queues nobody has left", async () => {
    await using faulty = await FaultyGateway.make(origin.port, "");
    const { gateway, port } = faulty;
    const old = gateway.pid;
    const upgrade = await faulty.upgrade("ready:stop");
    await gateway.waitFor(() => stateOf(upgrade.pid) === "T", "the new one with its sockets");
    process.kill(old, "SIGKILL");
    await gateway.gone(old);
    gateway.succeededBy(upgrade.pid);
    // Nobody accepts: the kernel holds the client in the socket that the new process has.
    const waiting = asking(port);
    await gateway.waitFor(() => waiting.socket.readyState === "open", "a connection");
    process.kill(upgrade.pid, "SIGCONT");
    expect(await waiting.answer).toEndWith("/asked");
    await gateway.said("left alone: the other process is gone");
    await replaced(faulty);
  }, 60_000);

  test("with sockets of its own where none had come", async () => {
    await using faulty = await FaultyGateway.make(origin.port, "");
    const { gateway, port } = faulty;
    const old = gateway.pid;
    const upgrade = await faulty.upgrade("connected:stop");
    await gateway.waitFor(() => stateOf(upgrade.pid) === "T", "the new one without sockets");
    process.kill(old, "SIGKILL");
    await gateway.gone(old);
    gateway.succeededBy(upgrade.pid);
    process.kill(upgrade.pid, "SIGCONT");
    await gateway.said("left alone: the other process is gone");
    expect(await asking(port).answer).toEndWith("/asked");
    await replaced(faulty);
  }, 60_000);
});

describe("the old process ends before the new one has asked for anything", () => {
  /** An upgrade whose new process waits to be let go. */
  async function held(gateway: Supervised, args: readonly string[]) {
    const first = gateway.start([...args, "-f", gateway.file]);
    await gateway.findable();
    const program = new HeldProgram(gateway.folder);
    const upgrade = gateway.upgrade("--to", program.path);
    await until(() => program.pid !== 0, "the new process", () => gateway.output);
    gateway.watch(program.pid);
    return { first, program, upgrade };
  }
  const left = "left alone: the process that has started this one died before it gave anything";

  test(
    "killed: the new one serves alone, and ends nobody whom the old one had replaced",
    async () => {
      await using gateway = await Supervised.make();
      const told = join(gateway.folder, "told");
      // By now its number could be anybody's.
      const script = `trap 'echo >> ${told}' USR1; echo > ${told}; while :; do sleep 0.05; done`;
      const before = gateway.watch(Bun.spawn(["sh", "-c", script]).pid);
      const tolls = () => existsSync(told) ? readFileSync(told, "utf8").length : 0;
      await until(() => tolls() === 1, "a process to replace");
      const { first, program, upgrade } = await held(gateway, ["-db", "-sf", String(before)]);
      await until(() => tolls() === 2, "its end");
      first.kill("SIGKILL");
      expect((await upgrade).status).toBe(75);
      await first.exited;
      program.letGo();
      await gateway.said(left);
      await gateway.findable();
      // What the old one was found by lies there, and nobody listens until the new one does.
      while ((await gateway.upgrade("--dry-run")).status === 69);
      expect((await gateway.upgrade("--dry-run")).output).toContain("an upgrade would work");
      expect(await asking(gateway.port).answer).toEndWith("/asked");
      expect(tolls()).toBe(2);
    },
    60_000,
  );

  test("killed under a parent: that one goes on with the new one", async () => {
    await using gateway = await Supervised.make();
    const { first: parent, program, upgrade } = await held(gateway, ["-W", "-db"]);
    const [worker] = childrenOf(parent.pid).filter((pid) => pid !== program.pid);
    process.kill(worker!, "SIGKILL");
    expect((await upgrade).status).toBe(75);
    await gateway.gone(worker!);
    program.letGo();
    await gateway.said(left);
    await gateway.said("Loading success.", 2);
    expect(await asking(gateway.port).answer).toEndWith("/asked");
    expect((await gateway.upgrade()).status).toBe(0);
    process.kill(parent.pid, "SIGTERM");
    expect(await parent.exited).toBe(0);
  }, 60_000);

  test("killed: a new one that is only to try serves nobody", async () => {
    await using gateway = await Supervised.make();
    const first = gateway.start(["run", "-f", gateway.file]);
    await gateway.said("listens on");
    await gateway.findable();
    const program = new HeldProgram(gateway.folder);
    const upgrade = gateway.upgrade("--dry-run", "--to", program.path);
    await until(() => program.pid !== 0, "the new process", () => gateway.output);
    first.kill("SIGKILL");
    await Promise.all([first.exited, upgrade]);
    program.letGo();
    await gateway.said("no takeover: no process of this instance runs");
    await gateway.gone(program.pid);
    expect(gateway.output).not.toContain(left);
  }, 60_000);

  for (const signal of ["SIGTERM", "SIGUSR1"] as const) {
    test(`told to by ${signal}: the new one ends with it`, async () => {
      await using gateway = await Supervised.make();
      const { first, program, upgrade } = await held(gateway, ["run"]);
      first.kill(signal);
      await gateway.gone(program.pid);
      expect(await first.exited).toBe(0);
      expect(await upgrade).toMatchObject({
        status: 75,
        output: expect.stringContaining("the running process was told to stop"),
      });
      expect(gateway.output).not.toContain(left);
    }, 60_000);
  }
});

test("the next start of an instance takes the folder of a process that was killed", async () => {
  await using gateway = await Supervised.make();
  const run = join(gateway.folder, "run");
  const killed = gateway.start(["run", "-f", gateway.file]);
  await gateway.said("listens on");
  await gateway.findable();
  process.kill(killed.pid, "SIGKILL");
  await killed.exited;
  const [name] = readdirSync(run);
  const folder = join(run, name!);
  expect(readdirSync(folder)).toEqual(["takeover.fd.sock", "takeover.sock"]);
  // As if it had been killed while it made them.
  writeFileSync(join(folder, `takeover.sock.${killed.pid}.tmp`), "");
  const next = gateway.start(["run", "-f", gateway.file]);
  await gateway.said("listens on", 2);
  expect((await gateway.upgrade("--dry-run")).status).toBe(0);
  expect(gateway.output).not.toContain("another process of this instance runs");
  process.kill(next.pid, "SIGTERM");
  expect(await next.exited).toBe(0);
  expect(existsSync(folder)).toBe(false);
}, 60_000);
