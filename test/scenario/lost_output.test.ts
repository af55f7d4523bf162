import { describe, expect, test } from "bun:test";
import { naming } from "./stage/origin.ts";
import { simpleConfiguration, Stage } from "./stage/stage.ts";
import { freePort } from "../support/free_port.ts";
import { sluiceCommand } from "../support/sluice.ts";

/** A command line with Sluice as `"$@"`. */
const shell = (script: string): string[] => ["sh", "-c", script, "sh", ...sluiceCommand()];

async function outcome(script: string) {
  const child = Bun.spawn(shell(script), { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { status: await child.exited, stdout, stderr };
}

describe("a command whose output is lost", () => {
  // A reader that closes its pipe was answered by an exception with its trace.
  test.each(["schema", "keywords", "keywords --json"])(
    "to a reader that has seen enough: %s",
    async (command) => {
      const { stdout, stderr } = await outcome(`"$@" ${command} | head -c 1`);
      expect({ length: stdout.length, stderr }).toEqual({ length: 1, stderr: "" });
    },
  );

  test("for want of room says so and fails", async () => {
    const { status, stderr } = await outcome('"$@" schema > /dev/full');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^sluice: cannot write to standard output: ENOSPC[^\n]*\n$/);
  });
});

// What it could not say ended the gateway: its first line, or one long after its reader was gone.
test("a gateway serves on when nobody hears what it says", async () => {
  await using stage = new Stage();
  const origin = await stage.origin(naming("o"));
  const port = await freePort();
  const configuration = simpleConfiguration(port, [origin.port]);
  const gateway = stage.launch(configuration, { command: shell('exec "$@" 2>/dev/full') });
  const ask = async () => {
    const client = await stage.client(port);
    return (await client.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).start;
  };
  while (!await ask().catch(() => undefined)) await Bun.sleep(20);
  for (let i = 0; i < 3; i++) {
    const status = [201, 202, 404][i]!;
    gateway.rewrite(simpleConfiguration(port, [origin.port], {
      frontend: [`http-request return status ${status} content-type text/plain string x`],
    }));
    gateway.signal("SIGHUP");
    while (!(await ask()).includes(` ${status} `)) await Bun.sleep(20);
  }
  gateway.signal("SIGTERM");
  expect(await gateway.exited()).toBe(0);
});
