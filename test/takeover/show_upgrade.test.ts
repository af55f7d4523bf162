import { expect, test } from "bun:test";
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { askControl } from "../support/control_client.ts";
import { freePort } from "../support/free_port.ts";
import { ControlConversation } from "./stage/control_conversation.ts";
import { Generations } from "./stage/generations.ts";
import { WaitingOrigin } from "./stage/waiting_origin.ts";

test("'show upgrade' tells of the takeover under way, or of the last one", async () => {
  const configuration = (mode: string, port: number) => `
global
  stats socket unix@ctl.sock
defaults
  mode ${mode}
  timeout connect 5s
  timeout client 30s
  timeout server 30s
listen fe
  bind 127.0.0.1:${port}
  server s 127.0.0.1:1
`;
  const port = await freePort();
  await using gateway = await new Generations(configuration("tcp", port), ["--instance", "test"])
    .ready();
  const ask = () => askControl(join(gateway.folder, "ctl.sock"), "show upgrade\n");
  expect(await ask()).toBe("Phase: none\n\n");
  expect((await gateway.upgrade(["--dry-run"])).status).toBe(0);
  expect(await ask()).toMatch(
    /^Phase: dry run\nPid: \d+\nSince: \S+Z\nMoved: 0\nRefused: 0\nLeft: 0\nLongest_freeze_ms: 0\nFreeze_p99_ms: 0\n\n$/,
  );
  gateway.rewrite(configuration("nonsense", port));
  expect((await gateway.upgrade()).status).toBe(75);
  expect(await ask()).toMatch(
    /^Phase: kept\nPid: \d+\nReason: the new process ended with status 1: \S+: error: .*\n/,
  );
  expect((await gateway.upgrade(["--to", "/nowhere/sluice"])).status).toBe(75);
  // There never was a process.
  expect(await ask()).toMatch(
    /^Phase: kept\nReason: the new process could not be started: .*\nSince: \S+Z\nMoved: 0\n/,
  );
});

test(
  "both processes tell of an upgrade while it goes on, and the new one of the last one",
  async () => {
    const origin = await WaitingOrigin.open();
    const port = await freePort();
    await using gateway = await new Generations(
      `
global
  stats socket unix@ctl.sock
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
listen fe
  bind 127.0.0.1:${port}
  server s 127.0.0.1:${origin.port}
`,
      ["--instance", "test"],
    ).ready();
    const path = join(gateway.folder, "ctl.sock");
    const old = new ControlConversation(path);
    await old.ask(gateway, "show version");
    const before = gateway.pid;
    const clients = await Promise.all([0, 1, 2].map(async () => {
      const socket = connect(port, "127.0.0.1");
      await once(socket, "connect");
      socket.resume();
      return socket;
    }));
    clients[0]!.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    await gateway.waitFor(() => origin.waiting.length === 1, "a request");
    let told = "";
    const upgrade = gateway.upgrade(["--probation", "50"], (text) => told += text);
    const until = async (wanted: RegExp, ask: () => Promise<string>) => {
      for (let asked = 0, said = ""; !wanted.test(said); asked++) {
        expect([asked < 2000, said]).toEqual([true, said]);
        said = await ask();
      }
    };
    const note = "the new process gave no answer in its probation, too few to judge it by (20)";
    const said =
      `Note: ${RegExp.escape(note)}\\nSince: \\S+Z\\nMoved: 2 idle-client\\nRefused: 0\\n` +
      "Left: 1\\nStaying: 1 being served\\nLongest";
    await until(
      new RegExp(`^Phase: moving\\nPid: \\d+\\n${said}`),
      () => old.ask(gateway, "show upgrade"),
    );
    const ask = () => askControl(path, "show upgrade\n");
    await until(new RegExp(`^Phase: moving\\nFrom: ${before}\\n${said}`), ask);
    const waiting = "waiting for 1 connection: 1 being served";
    await gateway.waitFor(() => told.includes(waiting), waiting);
    const successor = Number(/started process (\d+)/.exec(told)![1]);
    process.kill(successor, "SIGUSR2");
    await gateway.said(
      "no upgrade: the takeover from the process before this one is not over yet",
    );
    origin.answer();
    const { status, output } = await upgrade;
    expect(status).toBe(0);
    expect(output).toStartWith(
      `started process ${successor}\nlisteners\nprobation\n${note}\nmoving\n${waiting}\nmoved `,
    );
    expect(gateway.output.split(waiting).length - 1).toBe(1);
    expect(gateway.output).toMatch(new RegExp(`: moving; ${RegExp.escape(note)}\n`));
    old.end();
    await until(/^Phase: taken over\n/, ask);
    expect(await ask()).toMatch(
      new RegExp(
        `^Phase: taken over\\nFrom: ${before}\\nNote: ${
          RegExp.escape(note)
        }\\nSince: \\S+Z\\nMoved: 3 idle-client(, 1 idle-server)?\\n` +
          "Refused: 0\\nLeft: 0\\nLongest_freeze_ms: [1-9]\\d*\\nFreeze_p99_ms: [1-9]\\d*\\n\\n$",
      ),
    );
    for (const client of clients) client.destroy();
    origin.close();
  },
  60_000,
);
