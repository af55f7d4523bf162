import { expect, test } from "bun:test";
import net from "node:net";
import { join } from "node:path";
import { askControl } from "../support/control_client.ts";
import { freePort } from "../support/free_port.ts";
import { type StoryGateway } from "../scenario/stage/gateway.ts";
import { Stage } from "../scenario/stage/stage.ts";

const sockets = (lines: readonly string[]): string =>
  ["global", ...lines.map((line) => `  ${line}`), ""].join("\n");

function control(stage: Stage, lines: readonly string[]): Promise<StoryGateway> {
  return stage.gateway(sockets(lines), { file: "haproxy.cfg" });
}

const version = /^3\.5-dev5-sluice-\d+\.\d+\.\d+\n\n$/;

test("a configuration of nothing but a socket serves runtime commands", async () => {
  await using stage = new Stage();
  const gateway = await control(stage, ["stats socket unix@ctl.sock level admin"]);
  const path = join(gateway.folder, "ctl.sock");
  const info = await askControl(path, "show info\n");
  expect(info).toContain(`\nPid: ${gateway.pid}\n`);
  expect(info).toContain("\nListeners: 1\n");
  expect(info).toContain("\nStopping: 0\n");
  expect(await askControl(path, "show version\n")).toMatch(version);
  gateway.signal("SIGUSR1");
  expect(await gateway.exited()).toBe(0);
});

test("a session answers command by command, and ends where HAProxy's does", async () => {
  await using stage = new Stage();
  const gateway = await control(stage, ["stats socket unix@ctl.sock level admin"]);
  const ask = (text: string) => askControl(join(gateway.folder, "ctl.sock"), text);
  expect(await ask("show cli level;user;show cli level;operator\n")).toBe(
    "admin\n\n\nuser\n\nPermission denied\n\n",
  );
  expect(await ask("show cli level;quit;show cli level\n")).toBe("admin\n\n");
  expect(await ask("show cli level")).toBe("");
  expect(await ask("prompt\nshow cli level\n\\\n")).toStartWith("\n> admin\n\n> Unknown command");
  expect(await ask("prompt\nprompt\nshow cli level\n")).toBe("\n> \nadmin\n\n");
  expect(await ask("set timeout cli\nset timeout cli x\nset timeout x\nset timeout cli 5\n")).toBe(
    "Expects an integer value.\n\nInvalid timeout value.\n\n'set timeout' only supports 'cli'.\n\n\n",
  );
  expect(await ask(`${"x".repeat(20000)}\n`)).toBe("");
});

test("an unknown command is answered with those that it may have meant", async () => {
  await using stage = new Stage();
  const gateway = await control(stage, ["stats socket unix@ctl.sock level admin"]);
  const ask = (text: string) => askControl(join(gateway.folder, "ctl.sock"), text);
  const last = "  help [<command>]                        : list matching or all commands\n" +
    "  prompt                                  : toggle interactive mode with prompt\n" +
    "  quit                                    : disconnect\n\n";
  const row =
    "  show info [desc|json|typed|float]*      : report information about the running process\n";
  const unsure = "Unknown command, but maybe one of the following ones is a better match:\n";
  expect(await ask("show inof\n")).toStartWith(unsure);
  expect(await ask("show inof\n")).toContain(row);
  expect(await ask("show inof\n")).toEndWith(last);
  const all = await ask("\n");
  expect(all).toStartWith("Unknown command. Please enter one of the following commands only:\n");
  expect(all).toContain(row);
  expect(all).not.toContain("_getsocks");
  expect(await ask("help\n")).toBe(
    all.replace(/^[^\n]*\n/, "The following commands are valid at this level:\n"),
  );
});

test("the level of the socket decides what may be done", async () => {
  await using stage = new Stage();
  const port = await freePort();
  const gateway = await control(stage, [
    "stats socket unix@user.sock level user",
    `stats socket 127.0.0.1:${port} level admin`,
    "stats socket unix@operator.sock mode 600",
  ]);
  expect(await askControl(join(gateway.folder, "user.sock"), "show env HOME\n")).toBe(
    "Permission denied\n\n",
  );
  const home = `HOME=${process.env.HOME}\n\n`;
  expect(await askControl(join(gateway.folder, "operator.sock"), "show env HOME\n")).toBe(home);
  const client = await stage.client(port);
  client.send("show cli sockets\n");
  expect(await client.end()).toBe(
    "# socket lvl processes\nunix@user.sock user all\n" +
      `127.0.0.1:${port} admin all\nunix@operator.sock operator all\n\n`,
  );
});

test("a reload keeps sockets, adds and removes them", async () => {
  await using stage = new Stage();
  const gateway = await control(stage, ["stats socket unix@a.sock", "stats socket unix@b.sock"]);
  const path = (name: string) => join(gateway.folder, name);
  const staying = await stage.client(path("a.sock"));
  staying.send("prompt\n");
  await staying.until("\n> ");
  gateway.rewrite(sockets(["stats socket unix@a.sock level user", "stats socket unix@c.sock"]));
  gateway.signal("SIGHUP");
  await gateway.said("configuration reloaded");
  staying.send("show cli level\n");
  expect(await staying.until("> ")).toBe("operator\n\n> ");
  expect(await askControl(path("a.sock"), "show cli level\n")).toBe("user\n\n");
  expect(await askControl(path("c.sock"), "show cli level\n")).toBe("operator\n\n");
  await expect(askControl(path("b.sock"), "show cli level\n")).rejects.toThrow("ECONNREFUSED");
  staying.send("quit\n");
  await staying.end();
});

test("clients beyond 'stats maxconn' wait for their turn, silent ones are sent away", async () => {
  await using stage = new Stage();
  const gateway = await control(stage, [
    "stats socket unix@ctl.sock",
    "stats maxconn 1",
    "stats timeout 500ms",
  ]);
  const path = join(gateway.folder, "ctl.sock");
  const silent = await stage.client(path);
  const answer = askControl(path, "show cli level\n");
  expect(await silent.end()).toBe("");
  expect(await answer).toBe("operator\n\n");
});

test("a client that reads slowly stalls nobody", async () => {
  await using stage = new Stage();
  const gateway = await control(stage, ["stats socket unix@ctl.sock", "stats timeout 20s"]);
  const path = join(gateway.folder, "ctl.sock");
  const count = 3000;
  const slow = net.connect({ path });
  slow.pause();
  slow.write("show info json\n".repeat(count));
  expect(await askControl(path, "show cli level\n")).toBe("operator\n\n");
  let answers = 0;
  let rest = "";
  slow.setEncoding("latin1");
  for await (const piece of slow) {
    const lines = (rest + piece).split("\n\n");
    rest = lines.pop()!;
    answers += lines.length;
  }
  expect([answers, rest]).toEqual([count, ""]);
});

test("a socket that can't be had is an error, and starts nothing", async () => {
  await using stage = new Stage();
  const gateway = stage.launch(sockets(["stats socket /nowhere/at/all.sock"]), {
    file: "haproxy.cfg",
  });
  expect(await gateway.exited()).toBe(1);
  expect(gateway.output).toContain(
    "Starting frontend GLOBAL: cannot bind UNIX socket (No such file or directory) " +
      "for [/nowhere/at/all.sock]",
  );
});
