import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { askControl, untilControl } from "../support/control_client.ts";
import { freePort } from "../support/free_port.ts";
import { haproxyAvailable } from "../support/haproxy.ts";
import { sluiceCommand } from "../support/sluice.ts";
import { StoryGateway } from "../scenario/stage/gateway.ts";
import { Traffic } from "./load/traffic.ts";
import { type Door, visit } from "./visit.ts";

const haproxy = haproxyAvailable();

type Kind = "haproxy" | "sluice";

/** Processes of either kind that listen at the same places, one after the other. */
class Succession {
  readonly folder = mkdtempSync(join(tmpdir(), "sluice-succession-"));
  readonly control = join(this.folder, "control.sock");
  readonly #running: StoryGateway[] = [];

  /** Starts one; `old` is to be relieved of its sockets. */
  start(kind: Kind, lines: readonly string[], options: StartOptions = {}): StoryGateway {
    const { old, exposes = true, from = this.control } = options;
    const taking = old ? ["-x", from, "-sf", String(old.pid)] : [];
    const program = kind === "haproxy" && haproxy.available ? [haproxy.path] : sluiceCommand();
    const gateway = new StoryGateway(this.#configuration(kind, lines, exposes), {
      command: [...program, "-db"],
      args: taking,
      spelling: "bare",
      file: "haproxy.cfg",
    });
    this.#running.push(gateway);
    return gateway;
  }

  /** Waits until the process answers runtime commands, and nobody else does. */
  async serves(gateway: StoryGateway): Promise<string> {
    for (;;) {
      const info = await untilControl(this.control, "show info\n");
      if (info.includes(`\nPid: ${gateway.pid}\n`)) return info;
    }
  }

  /** Waits until `old` has ended because `next` serves; resolves to its exit status. */
  relieved(old: StoryGateway, next: StoryGateway): Promise<number> {
    const failed = next.exited().then((status) => {
      throw new Error(`It ended with ${status}:\n${next.output}`);
    });
    return Promise.race([old.exited(), failed]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#running.map((gateway) => gateway.stop()));
    rmSync(this.folder, { recursive: true, force: true });
  }

  #configuration(kind: Kind, lines: readonly string[], exposes: boolean): string {
    return `global
  stats socket ${this.control} level admin ${exposes ? "expose-fd listeners" : ""}
defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
frontend fe
${lines.map((line) => `  ${line}\n`).join("")}
  http-request return status 200 content-type text/plain string ${kind} hdr X-Process %pid
`;
  }
}

interface StartOptions {
  readonly old?: StoryGateway;
  readonly exposes?: boolean;
  /** The socket that is asked. */
  readonly from?: string;
}

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
