import { afterAll, describe, expect, test } from "bun:test";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../support/free_port.ts";
import { sluiceCommand } from "../support/sluice.ts";
import { Generations } from "./stage/generations.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-program-"));
afterAll(() => rmSync(folder, { recursive: true }));

const [executable, ...script] = sluiceCommand();

/** A folder of its own for the executable; returns its path there. */
function installed(name: string): string {
  mkdirSync(join(folder, name));
  const path = join(folder, name, "sluice");
  cpSync(executable!, path);
  return path;
}

async function served(program: string): Promise<Generations> {
  const port = await freePort();
  const web =
    `defaults\n  mode http\n  timeout client 30s\nfrontend fe\n  bind 127.0.0.1:${port}\n`;
  return await new Generations(web, ["--instance", "test"], [program, ...script]).ready();
}

const running = (gateway: Generations): string => readlinkSync(`/proc/${gateway.pid}/exe`);

// The runtime names the file that runs as the kernel does when it is asked first: by where it lies then,
// with ` (deleted)` behind the path once another one has its name.
describe("an upgrade starts the file that is at the path by which the old process was started", () => {
  test("when another one was moved there", async () => {
    const path = installed("moved");
    await using gateway = await served(path);
    for (let i = 0; i < 2; i++) {
      cpSync(executable!, `${path}.new`);
      renameSync(`${path}.new`, path);
      expect(running(gateway)).toBe(`${path} (deleted)`);
      const { status, output } = await gateway.upgrade();
      expect({ status, output }).toEqual({ status: 0, output });
      expect(running(gateway)).toBe(path);
    }
  });

  test("when the old one was moved away before", async () => {
    const path = installed("kept");
    await using gateway = await served(path);
    renameSync(path, `${path}.old`);
    cpSync(executable!, path);
    const { status, output } = await gateway.upgrade();
    expect({ status, output }).toEqual({ status: 0, output });
    expect(running(gateway)).toBe(path);
  });

  test("when a link on the way to it leads elsewhere", async () => {
    const [first, second] = [installed("r1"), installed("r2")];
    const current = join(folder, "current");
    symlinkSync("r1", current);
    await using gateway = await served(join(current, "sluice"));
    expect(running(gateway)).toBe(first);
    rmSync(current);
    symlinkSync("r2", current);
    const { status, output } = await gateway.upgrade();
    expect({ status, output }).toEqual({ status: 0, output });
    expect(running(gateway)).toBe(second);
  });
});
