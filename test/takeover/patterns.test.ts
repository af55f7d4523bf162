import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { askControl } from "../support/control_client.ts";
import { freePort } from "../support/free_port.ts";
import { ControlConversation } from "./stage/control_conversation.ts";
import { Generations } from "./stage/generations.ts";

const configuration = (port: number): string => `
global
  stats socket unix@run.sock level admin
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend fe
  bind 127.0.0.1:${port}
  acl named path /from-configuration
  http-request set-map(site.map) %[path] set-by-rule if { method PUT }
  http-request del-map(site.map) %[path] if { method DELETE }
  http-request deny if { path -f site.list }
  http-request return status 200 content-type text/plain lf-string named if named
  http-request return status 200 content-type text/plain lf-string %[path,map(site.map,nothing)]
`;

/** A gateway with a map and a list in its folder. */
async function started(port: number, map: string): Promise<Generations> {
  const gateway = new Generations(configuration(port), ["--instance", "test"], undefined, {
    "site.map": map,
    "site.list": "/forbidden\n",
  });
  return await gateway.ready();
}

test(
  "what commands and rules have changed of lists and maps goes on in the next process",
  async () => {
    const port = await freePort();
    await using gateway = await started(port, "/kept 1\n/changed 2\n/gone 3\n/edited 4\n");
    const path = join(gateway.folder, "run.sock");
    const ask = (text: string) => askControl(path, text + "\n");
    const visit = async (target: string, method = "GET") => {
      const answer = await fetch(`http://127.0.0.1:${port}${target}`, { method });
      return answer.status === 200 ? await answer.text() : answer.status;
    };
    await ask("set map site.map /changed by-command");
    await ask("set map site.map /edited by-command");
    await ask("del map site.map /gone");
    await ask("add map site.map /added of a few words");
    await visit("/by-rule", "PUT");
    await visit("/by-rule-and-gone", "PUT");
    await visit("/by-rule-and-gone", "DELETE");
    await ask("del acl site.list /forbidden");
    await ask("add acl site.list /forbidden-too");
    const [, id] = /^(\d+) \(\) acl 'named'/m.exec(await ask("show acl"))!;
    await ask(`add acl #${id} /by-command`);
    const seen = async () =>
      await Promise.all(
        [
          ..."kept changed gone added by-rule by-rule-and-gone forbidden forbidden-too".split(" "),
          ..."from-configuration by-command edited".split(" "),
        ].map((name) => visit(`/${name}`)),
      );
    const before = [
      ..."1 by-command nothing of set-by-rule nothing nothing 403 named named".split(" "),
      "by-command",
    ].map((word) => word === "403" ? 403 : word);
    expect(await seen()).toEqual(before);
    expect((await gateway.upgrade()).status).toBe(0);
    expect(await seen()).toEqual(before);
    // Again, and now one of the files says something else.
    writeFileSync(
      join(gateway.folder, "site.map"),
      "/kept 11\n/changed 2\n/gone 3\n/edited 44\n/new 5\n",
    );
    expect((await gateway.upgrade()).status).toBe(0);
    expect(await seen()).toEqual(["11", ...before.slice(1, -1), "44"]);
    expect(await visit("/new")).toBe("5");
    expect(gateway.output).toContain(
      "[warning] changed at run time, and left behind: 1 of 'site.map', which says otherwise now\n",
    );
  },
  60_000,
);

test("a map of 50,000 entries goes on, each of them", async () => {
  const entries = 50_000;
  const port = await freePort();
  await using gateway = await started(
    port,
    Array.from({ length: 10 }, (_, i) => `/f${i} f\n`).join(""),
  );
  const path = join(gateway.folder, "run.sock");
  await askControl(path, "del map site.map /f3\n");
  const perCommand = 400;
  for (let first = 0; first < entries; first += perCommand) {
    const lines = Array.from(
      { length: perCommand },
      (_, i) => `/key/${first + i} value-${first + i}`,
    );
    expect(await askControl(path, `add map site.map <<\n${lines.join("\n")}\n\n`)).toBe("\n");
  }
  const shown = async () =>
    (await askControl(path, "show map site.map\n")).replaceAll(/^0x[0-9a-f]+ /gm, "");
  const before = await shown();
  expect(before.split("\n")).toHaveLength(entries + 9 + 2);
  expect((await gateway.upgrade()).status).toBe(0);
  expect(await shown() === before).toBe(true);
}, 120_000);

test("what changes while two processes serve holds in both, whoever is told", async () => {
  const port = await freePort();
  await using gateway = await started(port, "/a 1\n/b 2\n");
  const path = join(gateway.folder, "run.sock");
  const old = new ControlConversation(path);
  await old.ask(gateway, "show version");
  const upgrade = gateway.upgrade(["--probation", "20000"]);
  await gateway.said(": probation");
  const next = new ControlConversation(path);
  const until = async (who: ControlConversation, wanted: RegExp) => {
    for (let asked = 0, said = ""; !wanted.test(said); asked++) {
      expect([asked < 2000, said]).toEqual([true, said]);
      said = await who.ask(gateway, "show map site.map");
    }
  };
  await old.ask(gateway, "set map site.map /a old");
  await until(next, / \/a old\n/);
  // One right after the other: neither has heard of what the other one was told.
  const rivals = [[next, old], [old, next]] as const;
  for (const [i, [first, last]] of rivals.entries()) {
    await first.ask(gateway, `set map site.map /a first-${i}`);
    await last.ask(gateway, `set map site.map /a last-${i}`);
    for (const one of [first, last]) await until(one, new RegExp(` /a last-${i}\n`));
  }
  await next.ask(gateway, "add map site.map /c new");
  await until(old, / \/c new\n/);
  // Newcomers are the new process's.
  await fetch(`http://127.0.0.1:${port}/d`, { method: "PUT" });
  await until(old, / \/d set-by-rule\n/);
  await next.ask(gateway, "clear map site.map");
  await until(old, /^\n> $/);
  await next.ask(gateway, "add map site.map /last word");
  await until(old, / \/last word\n/);
  process.kill(Number(/takeover by process (\d+)/.exec(gateway.output)![1]), "SIGKILL");
  expect((await upgrade).status).toBe(75);
  // What was said to a process that had to go holds.
  expect(await old.ask(gateway, "show map site.map")).toMatch(/^0x[0-9a-f]+ \/last word\n\n> $/);
  old.end();
  next.end();
}, 60_000);
