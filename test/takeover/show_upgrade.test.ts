import { expect, test } from "bun:test";
import { join } from "node:path";
import { askControl } from "../support/control_client.ts";
import { freePort } from "../support/free_port.ts";
import { Generations } from "./stage/generations.ts";

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
    /^Phase: dry run\nPid: \d+\nMoved: 0\nRefused: 0\nLeft: 0\nLongest_freeze_ms: 0\nFreeze_p99_ms: 0\n\n$/,
  );
  gateway.rewrite(configuration("nonsense", port));
  expect((await gateway.upgrade()).status).toBe(75);
  expect(await ask()).toMatch(
    /^Phase: kept\nPid: \d+\nReason: the new process ended with status 1\n/,
  );
});
