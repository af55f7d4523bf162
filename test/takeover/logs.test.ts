import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { SyslogSink } from "../support/syslog_sink.ts";
import { Supervised, until } from "./stage/supervised.ts";

/** For what takes a few seconds on a machine that has nothing else to do. */
const patienceMs = 30_000;
const secret = "the-word-nobody-may-see";

describe("takeovers are in the log", () => {
  const sink = new SyslogSink();
  beforeEach(() => sink.start());
  afterEach(() => sink.stop());

  test("of a daemon that has no terminal: done, or why not", async () => {
    await using gateway = await Supervised.make(`  log 127.0.0.1:${sink.port} local0`);
    gateway.write(`${gateway.configuration}
userlist people
  user anna insecure-password ${secret}
`);
    const pid = () => gateway.watch(Number(readFileSync(gateway.pidFile, "utf8")));
    const line = async (text: string) => {
      const [found] = await sink.matching(text, 1, patienceMs);
      expect(found, text).toBeDefined();
      return found!;
    };
    const starter = gateway.start(["-D", "-f", gateway.file, "-p", gateway.pidFile]);
    expect(await starter.exited).toBe(0);
    const old = pid();
    gateway.connect();
    await gateway.answersAll();
    process.kill(old, "SIGUSR2");
    const notice = /^<133>.* (?:haproxy|sluice)\[\d+\]: /;
    const begun = await line(": upgrade: started process ");
    expect(begun).toMatch(notice);
    gateway.watch(Number(/process (\d+)/.exec(begun)![1]));
    for (const phase of ["listeners", "probation", "moving"]) {
      expect(await line(`): ${phase}`)).toMatch(notice);
    }
    const handed = await line(": handed over; moved 10 idle-client");
    expect(handed).toContain(`[${old}]: takeover by process `);
    expect(await line(`: takeover from process ${old}: taken over; moved 10 idle-client`))
      .toMatch(notice);
    await gateway.gone(old);
    const next = pid();
    expect(handed).toContain(`takeover by process ${next}: `);
    gateway.write(gateway.configuration.replace(secret, `${secret} nonsense`));
    process.kill(next, "SIGUSR2");
    expect(await line("no upgrade: the new process ended with status 1")).toMatch(/^<132>/);
    expect(await sink.matching(secret, 1, 0)).toEqual([]);
    expect((await gateway.tally()).lost).toBe(0);
    process.kill(next, "SIGTERM");
    await gateway.gone(next);
  }, 90_000);

  test("in a file as well, and on the terminal once", async () => {
    await using gateway = await Supervised.make("  log file@up.log format raw local0");
    const child = gateway.start(["run", "-f", gateway.file, "--probation", "50"]);
    await gateway.findable();
    expect((await gateway.upgrade()).status).toBe(0);
    expect(await child.exited).toBe(0);
    const [, next] = /takeover by process (\d+): handed over/.exec(gateway.output)!;
    gateway.watch(Number(next));
    const told = [
      `takeover by process ${next}: handed over; moved no connection`,
      `takeover from process ${child.pid}: taken over; moved no connection`,
    ];
    const written = () => readFileSync(join(gateway.folder, "up.log"), "utf8");
    await until(() => told.every((text) => written().includes(text)), "both lines", written);
    const times = (all: string, text: string) => all.split(text).length - 1;
    for (const text of told) {
      expect([times(written(), text), times(gateway.output, text)]).toEqual([1, 1]);
    }
  }, 60_000);
});
