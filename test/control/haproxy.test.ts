import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { askControl, untilControl } from "../support/control_client.ts";
import { haproxyAvailable } from "../support/haproxy.ts";
import { sluiceCommand } from "../support/sluice.ts";
import { StoryGateway } from "../scenario/stage/gateway.ts";

const haproxy = haproxyAvailable();

const configuration = (folder: string): string =>
  `global
  stats socket ${folder}/ctl.sock level admin
  stats socket ${folder}/user.sock level user
defaults
  mode http
  timeout client 10s
  timeout server 10s
  timeout connect 1s
listen l1
  acl known src -f ${folder}/a.lst
  http-request set-header X-Map %[path,map(${folder}/m.map)] if known
  bind ${folder}/l1.sock
  server s1 127.0.0.1:18081 weight 10 maxconn 5
  server s2 127.0.0.1:18082 backup
  server s3 127.0.0.1:18083 disabled
backend fixed
  balance source
  cookie SID insert indirect dynamic
  dynamic-cookie-key secret
  server s1 127.0.0.1:18081 weight 10 cookie first
  server s2 unix@/nowhere.sock
  server s3 127.0.0.1:18084
`;

const map = "FOLDER/m.map";
const acl = "FOLDER/a.lst";
/** About lists: what a name stands for, and what becomes of entries. */
const lists = [
  `show map ${map}`,
  `show acl ${acl}`,
  ...["show", "clear"].flatMap((verb) => [`${verb} map x`, `${verb} acl x`, `${verb} map ${acl}`]),
  ...["add map", "add acl", "set map", "del map", "del acl", "clear map", "clear acl"],
  `add map ${map}`,
  `add map ${map} k`,
  "add map x k v",
  `add map ${map} k v`,
  `add map ${map} k w`,
  `add map ${map} <<\nl 1\nm 2\tx\n`,
  `add map ${map} <<\nn 1\no\n`,
  `show map ${map}`,
  `set map ${map} k`,
  `set map ${map} k z`,
  `set map ${map} nope z`,
  `set map ${map} #0xffffff z`,
  "set map x k z",
  `show map ${map}`,
  `del map ${map} k`,
  `del map ${map} k`,
  `del map ${map} #0xffffff`,
  `del map ${map}`,
  "del map x k",
  `show map ${map}`,
  `clear map ${map}`,
  `show map ${map}`,
  `add acl ${acl}`,
  `add acl ${acl} nonsense`,
  `add acl ${acl} 10.0.0.0/8`,
  "add acl x y",
  `show acl ${acl}`,
  `del acl ${acl} 1.2.3.4`,
  `del acl ${acl} 1.2.3.4`,
  `show acl ${acl}`,
  `clear acl ${acl}`,
  `show acl ${acl}`,
];

/** One after the other on both: each builds on what those before it have done. */
const commands = [
  "show backend",
  "show servers state l1",
  "show servers state nowhere",
  "disable server l1/s1",
  "show servers state l1",
  "enable server l1/s1",
  "enable server l1/s3",
  "show servers state",
  ...["disable server", "enable server", "set server", "get weight", "set maxconn server"].flatMap(
    (command) => [command, `${command} l1`, `${command} l1/x`, `${command} x/s1`],
  ),
  ...["", "foo", "drain", "maint", "ready"].map((state) => `set server l1/s1 state ${state}`),
  "set server l1/s2 state drain",
  "show servers state l1",
  ...["", "300", "x", "50%", "200%", "-5%", "5x", "99999%", "0", "0%", "256", "257"].flatMap((
    weight,
  ) => [`set server l1/s1 weight ${weight}`, "get weight l1/s1", `set weight fixed/s1 ${weight}`]),
  "set weight l1/s1 -1",
  "set weight l1/s1 10",
  "get weight l1/s1",
  ...[
    "",
    "x",
    "127.0.0.2",
    "127.0.0.2",
    "127.0.0.1 port 99",
    "127.0.0.1 port 99",
    "127.0.0.1 port",
    "127.0.0.1 port x",
    "127.0.0.1 foo",
    "::1 port 18081",
  ].map((address) => `set server l1/s1 addr ${address}`),
  "set server fixed/s2 addr 127.0.0.1",
  "show servers state l1",
  ...["", "foo", "down", "up", "stopping"].flatMap((health) => [
    `set server l1/s1 health ${health}`,
    "show backend",
  ]),
  ...["", "x", "7x", "7"].map((maxconn) => `set maxconn server l1/s1 ${maxconn}`),
  ...lists,
  "set timeout foo",
  "show cli level",
];

const forUsers = [
  "disable server l1/s1",
  "enable server x",
  "set server l1/s1 state ready",
  "set weight l1/s1 1",
  "set maxconn server l1/s1 1",
  "get weight l1/s1",
  "show env HOME",
  "show cli sockets",
  "operator",
  "user",
];

describe.skipIf(!haproxy.available)("as haproxy answers it", () => {
  const folders = [0, 1].map(() => mkdtempSync(join(tmpdir(), "sluice-control-")));
  const running: StoryGateway[] = [];

  beforeAll(async () => {
    const programs = [haproxy.available ? [haproxy.path] : [], sluiceCommand()];
    for (const [i, program] of programs.entries()) {
      writeFileSync(join(folders[i]!, "m.map"), "a 1\nb two words\n");
      writeFileSync(join(folders[i]!, "a.lst"), "1.2.3.4\n");
      running.push(
        new StoryGateway(configuration(folders[i]!), {
          command: [...program, "-db"],
          spelling: "bare",
          file: "haproxy.cfg",
        }),
      );
      await untilControl(join(folders[i]!, "ctl.sock"), "show version\n");
    }
  });

  afterAll(async () => {
    await Promise.all(running.map((gateway) => gateway.stop()));
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  const both = (socket: string, text: string) =>
    Promise.all(folders.map(async (folder) => {
      const command = text.replaceAll("FOLDER", folder);
      const answer = await askControl(join(folder, socket), `${command}\n`);
      return withoutOwn(answer).replaceAll(folder, "FOLDER");
    }));

  test.each(commands.map((command, i) => [command, i]))("%s (%d)", async (command) => {
    const [theirs, ours] = await both("ctl.sock", command as string);
    expect(ours).toBe(theirs!);
  });

  test.each([
    "show stat",
    "show stat typed",
    "show stat json",
    "show stat up",
    "show stat no-maint",
    "show stat l1 4 -1",
    "show stat -1 1 -1",
    "show stat 2 4 1",
    "show stat l1 2 -1 typed",
    "show stat x 1 1",
    "show stat domain proxy",
    "show stat domain x",
  ])("%s", async (command) => {
    const [theirs, ours] = await both("ctl.sock", command);
    expect(statLines(ours!)).toEqual(statLines(theirs!));
  });

  test("show stat, by a user", async () => {
    const [theirs, ours] = await both("user.sock", "show stat");
    expect(statLines(ours!)).toEqual(statLines(theirs!));
  });

  test("counters follow the traffic, and can be cleared", async () => {
    await both("ctl.sock", "set server l1/s1 state maint");
    await both("ctl.sock", "set server l1/s2 state maint");
    await both("ctl.sock", "set server l1/s3 state maint");
    for (let i = 0; i < 3; i++) {
      for (const folder of folders) {
        expect(await refused(join(folder, "l1.sock"))).toContain(" 503 ");
      }
    }
    const counted = async () => (await both("ctl.sock", "show stat")).map(counts);
    const [theirs, ours] = await counted();
    expect(ours).toEqual(theirs!);
    expect(ours!["l1,FRONTEND"]).toContain("req_tot=3");
    for (const command of ["clear counters", "clear counters all"]) {
      await both("ctl.sock", command);
      const [after, oursAfter] = await counted();
      expect(oursAfter).toEqual(after!);
    }
  });

  test.each(forUsers)("%s, by a user", async (command) => {
    const [theirs, ours] = await both("user.sock", command);
    expect(ours).toBe(theirs!);
  });
});

/** One request to a unix socket; the answer as it came. */
async function refused(path: string): Promise<string> {
  return await askControl(path, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
}

const countedColumns = ["scur", "smax", "stot", "dreq", "dresp", "ereq", "econ", "eresp", "wretr"]
  .concat([
    "wredis",
    "lbtot",
    "hrsp_2xx",
    "hrsp_4xx",
    "hrsp_5xx",
    "req_tot",
    "cli_abrt",
    "srv_abrt",
  ])
  .concat(["conn_tot", "connect", "reuse", "eint"]);

/** What of each row is counted, by the row's names. */
function counts(answer: string): Record<string, string> {
  const [head, ...rows] = answer.trimEnd().split("\n").map((line) => line.split(","));
  return Object.fromEntries(rows.map((row) => [
    `${row[0]},${row[1]}`,
    countedColumns.map((name) => `${name}=${row[head!.indexOf(name)]}`).join(" "),
  ]));
}

/** Columns that every version has; those of HTTP/2, TLS and the like follow behind. */
const sharedColumns = 103;
/** Ages, and limits that HAProxy computes of descriptors and other proxies. */
const ownColumns = ["lastchg", "slim", "downtime"];

/** What `show stat` answers, in either form, without what is a program's own. */
function statLines(answer: string): unknown {
  if (answer.startsWith("[")) {
    type Field = { field: { pos: number; name: string } };
    return (JSON.parse(answer) as Field[][]).map((row) =>
      row.filter(({ field }) => field.pos < sharedColumns && !ownColumns.includes(field.name))
    );
  }
  if (!answer.startsWith("#")) {
    return answer.split("\n").filter((line) => {
      const [, , , place, name] = line.split(".");
      return !(Number(place) >= sharedColumns) && !ownColumns.includes(name!);
    });
  }
  const rows = answer.split("\n").map((line) => line.split(",").slice(0, sharedColumns));
  const own = ownColumns.map((name) => rows[0]!.indexOf(name));
  return rows.map((row, i) => i === 0 ? row : row.filter((_, column) => !own.includes(column)));
}

/**
 * Leaves out what is a program's own: when servers have changed, how healthy one is that nobody checks,
 * and what of a server can be set.
 */
function withoutOwn(answer: string): string {
  return answer
    .replaceAll(/^((?:\S+ ){9})\S+ (\S+ \S+) \S+/gm, "$1AGE $2 HEALTH")
    .replaceAll(/^0x[0-9a-f]+ /gm, "REFERENCE ")
    .replace(/^usage: set server .*$/m, "usage");
}
