import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { askControl } from "../support/control_client.ts";
import { freePort } from "../support/free_port.ts";
import { haproxyAvailable } from "../support/haproxy.ts";
import { Traffic } from "./load/traffic.ts";
import { Succession } from "./stage/succession.ts";
import { type Door, visit } from "./visit.ts";

const haproxy = haproxyAvailable();

describe.skipIf(!haproxy.available)("listening sockets go", () => {
  test("from haproxy to Sluice and back, with newcomers at full rate, and none fails", async () => {
    await using line = new Succession();
    await using traffic = await Traffic.start();
    const port = await freePort();
    const path = join(line.folder, "front.sock");
    const binds = [`bind 127.0.0.1:${port}`, `bind ${path}`];
    let serving = line.start("haproxy", binds);
    await line.serves(serving);
    const newcomers = await traffic.begin({
      kind: "new connections",
      doors: [{ hostname: "127.0.0.1", port }, { unix: path }],
      count: 64,
    });
    await newcomers.until(({ servedBy }) => (servedBy[serving.pid] ?? 0) > 1000);
    for (const kind of ["sluice", "haproxy", "sluice", "haproxy"] as const) {
      const next = line.start(kind, binds, { old: serving });
      expect(await line.relieved(serving, next)).toBe(0);
      await newcomers.until(({ servedBy }) => (servedBy[next.pid] ?? 0) > 1000);
      expect(next.output).not.toContain("ALERT");
      serving = next;
    }
    const { failed, failures } = await newcomers.end();
    expect({ failed, failures }).toEqual({ failed: 0, failures: [] });
  });

  test("between two Sluices, with newcomers at full rate, and none fails", async () => {
    await using line = new Succession();
    await using traffic = await Traffic.start();
    const port = await freePort();
    const binds = [`bind 127.0.0.1:${port}`];
    const first = line.start("sluice", binds);
    await line.serves(first);
    const doors = [{ hostname: "127.0.0.1", port }];
    const newcomers = await traffic.begin({ kind: "new connections", doors, count: 64 });
    await newcomers.until(({ servedBy }) => (servedBy[first.pid] ?? 0) > 1000);
    const second = line.start("sluice", binds, { old: first });
    expect(await line.relieved(first, second)).toBe(0);
    await newcomers.until(({ servedBy }) => (servedBy[second.pid] ?? 0) > 1000);
    const { failed, failures } = await newcomers.end();
    expect({ failed, failures }).toEqual({ failed: 0, failures: [] });
  });

  test.each([["haproxy", "sluice"], ["sluice", "haproxy"]] as const)(
    "301 of them, from %s to %s",
    async (from, to) => {
      await using line = new Succession();
      const paths = Array.from({ length: 300 }, (_, i) => join(line.folder, `${i}.sock`));
      const binds = paths.map((path) => `bind ${path}`);
      const old = line.start(from, binds);
      await line.serves(old);
      const next = line.start(to, binds, { old });
      expect(await line.relieved(old, next)).toBe(0);
      await line.serves(next);
      for (const path of paths) expect(await visit({ path })).toBe(to);
      expect(next.output).not.toContain("ALERT");
    },
  );

  test("as far as the new configuration wants them; it binds what is missing", async () => {
    await using line = new Succession();
    const [kept, dropped, added] = [await freePort(), await freePort(), await freePort()];
    const old = line.start("haproxy", [`bind 127.0.0.1:${kept}`, `bind 127.0.0.1:${dropped}`]);
    await line.serves(old);
    const next = line.start("sluice", [`bind 127.0.0.1:${kept}`, `bind 127.0.0.1:${added}`], {
      old,
    });
    expect(await line.relieved(old, next)).toBe(0);
    await line.serves(next);
    const door = (port: number): Door => ({ host: "127.0.0.1", port });
    expect(await visit(door(kept))).toBe("sluice");
    expect(await visit(door(added))).toBe("sluice");
    await expect(visit(door(dropped))).rejects.toThrow("ECONNREFUSED");
  });
});

describe.skipIf(!haproxy.available)("a process that does not give its sockets", () => {
  test.each([["haproxy", "sluice"], ["sluice", "haproxy"], ["sluice", "sluice"]] as const)(
    "is left alone: %s is not relieved by %s",
    async (from, to) => {
      await using line = new Succession();
      const port = await freePort();
      const binds = [`bind 127.0.0.1:${port}`];
      const old = line.start(from, binds, { exposes: false });
      await line.serves(old);
      const next = line.start(to, binds, { old });
      expect(await next.exited()).toBe(1);
      expect(next.output).toContain("Failed to get the number of sockets to be transferred");
      expect(next.output).toContain("Failed to get the sockets from the old process!");
      expect(await visit({ host: "127.0.0.1", port })).toBe(from);
      expect(await askControl(line.control, "show info\n")).toContain(`\nPid: ${old.pid}\n`);
    },
  );

  test("or is not there", async () => {
    await using line = new Succession();
    const port = await freePort();
    const binds = [`bind 127.0.0.1:${port}`];
    const old = line.start("sluice", binds);
    await line.serves(old);
    const nowhere = join(line.folder, "nowhere.sock");
    for (const kind of ["haproxy", "sluice"] as const) {
      const next = line.start(kind, binds, { old, from: nowhere });
      expect(await next.exited()).toBe(1);
      expect(next.output).toContain(`Failed to connect to the old process socket '${nowhere}'`);
      expect(next.output).toContain("Failed to get the sockets from the old process!");
    }
    expect(await visit({ host: "127.0.0.1", port })).toBe("sluice");
  });
});
