import { afterAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { libc } from "../../ffi/mod.ts";
import { readParentRequest } from "../../src/cli/parent_request.ts";
import { openControl } from "../../src/takeover/control_connect.ts";
import { type Endpoint, endpointOf, isAlone } from "../../src/takeover/endpoint.ts";
import { mayBeAsked } from "../../src/takeover/fd_gate.ts";
import { grantProgram, useGrant } from "../../src/takeover/granted_program.ts";
import { childrenOf, isAlive } from "../support/process_state.ts";
import { sluiceCommand } from "../support/sluice.ts";
import { isRoot, WithoutRights } from "./stage/without_rights.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-parent-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a worker can ask for nothing but a successor, and its end", () => {
  const said = (request: unknown) => readParentRequest(JSON.stringify(request));
  const start = { kind: "start", mode: "require" } as const;
  expect(said(start)).toEqual(start);
  const full = { ...start, mode: "dry-run" as const, probationMs: 5, program: "/next" };
  expect(said(full)).toEqual(full);
  for (
    const wrong of [
      { ...start, environment: { LD_PRELOAD: "/x.so" } },
      { ...start, args: ["-f", "/x"] },
      { ...start, mode: "auto" },
      { ...start, probationMs: -1 },
      { ...start, probationMs: "1; x" },
      { ...start, program: ["/x"] },
      { kind: "kill", pid: -1 },
      { kind: "kill", pid: 0 },
      { kind: "run", program: "/x" },
      [],
      null,
    ]
  ) expect([wrong, said(wrong)]).toEqual([wrong, undefined]);
  expect(readParentRequest('{"kind"')).toBeUndefined();
});

describe("a grant of a program", () => {
  const uid = process.getuid!();
  const made = (name: string) => {
    const environment = { RUNTIME_DIRECTORY: join(folder, name) };
    const endpoint = endpointOf({ instance: "x", files: [], environment, uid });
    if ("why" in endpoint) throw new Error(endpoint.why);
    mkdirSync(endpoint.folder, { recursive: true, mode: 0o700 });
    return endpoint;
  };

  test("holds once, and for this program", () => {
    const endpoint = made("once");
    expect(grantProgram(endpoint, "/next", uid)).toBe("granted");
    expect(useGrant(endpoint, "/next", uid)).toBe(true);
    expect(useGrant(endpoint, "/next", uid)).toBe(false);
    expect(grantProgram(endpoint, "/next", uid)).toBe("granted");
    expect(useGrant(endpoint, "/other", uid)).toBe(false);
    expect(useGrant(endpoint, "/next", uid)).toBe(false);
  });

  test.skipIf(!isRoot)("another user can't give it", () => {
    const theirs = made("theirs");
    symlinkSync("/next", join(theirs.folder, "successor"));
    lchownSync(join(theirs.folder, "successor"), 65534, 65534);
    expect(useGrant(theirs, "/next", uid)).toBe(false);

    const open = made("open");
    expect(grantProgram(open, "/next", uid)).toBe("granted");
    chmodSync(open.folder, 0o770);
    expect(useGrant(open, "/next", uid)).toBe(false);

    const movable = made("movable");
    expect(grantProgram(movable, "/next", uid)).toBe("granted");
    chmodSync(join(movable.folder, ".."), 0o777);
    expect(isAlone(movable.folder, uid)).toBe(false);
    expect(useGrant(movable, "/next", uid)).toBe(false);
  });

  test.skipIf(!isRoot)("is not written where another user can change the way there", () => {
    const granted = (endpoint: Endpoint) => grantProgram(endpoint, "/next", uid);
    const theirs = made("their-own");
    const link = join(theirs.folder, "successor");
    writeFileSync(link, "theirs");
    for (const path of [link, theirs.folder]) chownSync(path, 65534, 65534);
    const aims = made("aims");
    writeFileSync(join(aims.folder, "successor"), "ours");
    // The folder has the right name, and leads into one of root's alone.
    const leading = made("leading");
    rmSync(leading.folder, { recursive: true });
    symlinkSync(aims.folder, leading.folder);
    lchownSync(leading.folder, 65534, 65534);
    const written = made("written");
    chmodSync(written.folder, 0o770);
    for (const endpoint of [theirs, leading, written]) {
      expect(granted(endpoint)).toBe("not this user's alone");
      expect(useGrant(endpoint, "/next", uid)).toBe(false);
    }
    expect(readFileSync(link, "utf8")).toBe("theirs");
    expect(readFileSync(join(aims.folder, "successor"), "utf8")).toBe("ours");
    expect(readdirSync(written.folder)).toEqual([]);
  });
});

describe.skipIf(!isRoot)("under a parent, without rights", () => {
  /** A script that runs this program. */
  function script(stage: WithoutRights, name: string, text: string): string {
    const path = join(stage.gateway.folder, name);
    writeFileSync(path, `#!/bin/sh\n${text}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  test("another program is started for 'upgrade --to', and for nobody else", async () => {
    await using stage = await WithoutRights.make();
    const { gateway } = stage;
    const master = gateway.start(["-Ws", "-f", gateway.file]);
    await gateway.said("Loading success.");
    const first = await stage.worker(master.pid);
    const command = sluiceCommand().map((word) => `'${word}'`).join(" ");
    const marker = join(gateway.folder, "started");
    const next = script(stage, "next", `echo >> '${marker}'; exec ${command} "$@"`);

    const run = join(gateway.folder, "run");
    const [control] = [...new Bun.Glob("*/takeover.sock").scanSync({ cwd: run, onlyFiles: false })];
    const opening = await openControl(await libc(), join(run, control!), mayBeAsked);
    if (opening.kind !== "open") throw new Error(opening.kind);
    opening.channel.say("upgrade", { program: next, dryRun: false });
    expect(await opening.channel.next(30_000)).toMatchObject({
      name: "result",
      says: {
        kind: "kept",
        text: expect.stringContaining(`starts '${next}' only for 'sluice upgrade --to'`),
      },
    });
    expect(existsSync(marker)).toBe(false);

    expect((await gateway.upgrade("--to", next)).status).toBe(0);
    expect(existsSync(marker)).toBe(true);
    await gateway.gone(first);
    expect(stage.facts(await stage.worker(master.pid))).toEqual(stage.confined);
    const left = readdirSync(join(run, readdirSync(run)[0]!)).sort();
    expect(left).toEqual(["takeover.fd.sock", "takeover.sock"]);
  }, 60_000);

  test("a worker that is somebody else's gets nothing run, and ends nobody", async () => {
    await using stage = await WithoutRights.make();
    const { gateway } = stage;
    const marker = join(gateway.folder, "evil-was-here");
    const words = join(gateway.folder, "words");
    const evil = script(stage, "evil", `echo > '${marker}'`);
    const hostile = join(import.meta.dir, "stage", "hostile_worker.ts");
    const worker = script(
      stage,
      "worker",
      `exec env 'HOSTILE_WORDS=${words}' '${process.execPath}' '${hostile}'`,
    );
    const master = gateway.start(["-Ws", "-f", gateway.file]);
    await gateway.said("Loading success.");
    const sound = await stage.worker(master.pid);
    writeFileSync(
      words,
      [
        "ready-confined",
        JSON.stringify({ kind: "kill", pid: sound }),
        JSON.stringify({ kind: "kill", pid: process.pid }),
        JSON.stringify({ kind: "start", mode: "require", environment: { PATH: "/evil" } }),
        JSON.stringify({ kind: "start", mode: "require", program: evil }),
        "daemon",
        "anew",
        "{",
        "nonsense",
        "",
      ].join("\n"),
    );
    void gateway.upgrade("--to", worker);
    await gateway.said(`the parent starts '${evil}' only for`);
    expect(existsSync(marker)).toBe(false);
    expect(isAlive(sound)).toBe(true);
    expect(childrenOf(master.pid)).toHaveLength(2);
    // More than a line can be was the last of it: the parent listens no longer, and lives.
    await gateway.said("the parent listens no more");
    expect(isAlive(master.pid)).toBe(true);
    process.kill(master.pid, "SIGTERM");
    expect(await master.exited).toBe(0);
  }, 60_000);

  test(
    "a worker that asks without an end, and reads no answer, is listened to no longer",
    async () => {
      await using stage = await WithoutRights.make();
      const { gateway } = stage;
      const deaf = join(import.meta.dir, "stage", "deaf_worker.ts");
      const worker = script(stage, "worker", `exec '${process.execPath}' '${deaf}'`);
      const master = gateway.start(["-Ws", "-f", gateway.file]);
      await gateway.said("Loading success.");
      void gateway.upgrade("--to", worker);
      await gateway.said("the parent listens no more");
      expect(isAlive(master.pid)).toBe(true);
      process.kill(master.pid, "SIGTERM");
      expect(await master.exited).toBe(0);
    },
    60_000,
  );
});
