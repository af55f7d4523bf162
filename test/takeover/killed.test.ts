import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { stateOf } from "../support/process_state.ts";
import { FaultyGateway } from "./stage/faulty.ts";
import { Supervised } from "./stage/supervised.ts";
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
