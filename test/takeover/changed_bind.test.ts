import { afterAll, beforeAll, expect, test } from "bun:test";
import { freePort } from "../support/free_port.ts";
import { NewConnections } from "./load/new_connections.ts";
import { Generations } from "./stage/generations.ts";
import { echoOrigin } from "./stage/traffic.ts";
import { isRoot } from "./stage/without_rights.ts";
import { visit } from "./visit.ts";

let origin: ReturnType<typeof echoOrigin>;
beforeAll(() => {
  origin = echoOrigin();
});
afterAll(() => origin.stop());

const site = (bind: string): string => `
defaults
  mode http
  timeout connect 10s
  timeout client 60s
  timeout server 60s
frontend fe
  bind ${bind}
  http-response set-header X-Process %pid
  default_backend be
backend be
  server s 127.0.0.1:${origin.port}
`;

interface Change {
  readonly name: string;
  /** Binds, without their port. */
  readonly before: readonly [address: string, options?: string];
  readonly after: readonly [address: string, options?: string];
  /** Who is served by both. */
  readonly stays: string;
  /** Who is served by the second one alone. */
  readonly comes?: string;
  /** Who is served by the first one alone. */
  readonly goes?: string;
  readonly needsRoot?: boolean;
}

const changes: readonly Change[] = [
  {
    name: "IPv4 as well",
    before: ["[::]", "v6only"],
    after: ["[::]", "v4v6"],
    stays: "::1",
    comes: "127.0.0.1",
  },
  {
    name: "IPv6 alone",
    before: ["[::]", "v4v6"],
    after: ["[::]", "v6only"],
    stays: "::1",
    goes: "127.0.0.1",
  },
  {
    name: "every address",
    before: ["127.0.0.1"],
    after: ["0.0.0.0"],
    stays: "127.0.0.1",
    comes: "127.0.0.2",
  },
  {
    name: "one address",
    before: ["0.0.0.0"],
    after: ["127.0.0.1"],
    stays: "127.0.0.1",
    goes: "127.0.0.2",
  },
  {
    name: "one interface",
    before: ["127.0.0.1"],
    after: ["127.0.0.1", "interface lo"],
    stays: "127.0.0.1",
    needsRoot: true,
  },
  {
    name: "every interface",
    before: ["127.0.0.1", "interface lo"],
    after: ["127.0.0.1"],
    stays: "127.0.0.1",
    needsRoot: true,
  },
];

/**
 * The kernel knows the two binds as two sockets, which listen beside each other until connections move.
 * Which of them a client comes to is the kernel's choice, and nothing a client notices.
 */
test.each(changes.filter(({ needsRoot }) => !needsRoot || isRoot).map((one) => [one.name, one]))(
  "a bind of the same port for %s",
  async (_, { before, after, stays, comes, goes }) => {
    const port = await freePort();
    const bind = ([address, options = ""]: Change["before"]) => `${address}:${port} ${options}`;
    const door = (hostname: string) => ({ host: hostname, port });
    await using gateway = await new Generations(site(bind(before)), ["--instance", "test"]).ready();
    const first = gateway.pid;
    const load = new NewConnections({
      kind: "new connections",
      doors: [{ hostname: stays, port }],
      count: 8,
    });
    await gateway.waitFor(() => (load.tally().servedBy[first] ?? 0) > 20, "clients");
    if (comes) await expect(visit(door(comes))).rejects.toThrow("ECONNREFUSED");

    gateway.rewrite(site(bind(after)));
    expect(await gateway.upgrade(["--dry-run"])).toMatchObject({ status: 0 });
    if (goes) expect(await visit(door(goes))).toBe("/");
    expect((await gateway.upgrade()).status).toBe(0);
    await gateway.gone(first);
    const { [gateway.pid]: known = 0 } = load.tally().servedBy;
    const isServed = () => (load.tally().servedBy[gateway.pid] ?? 0) > known + 20;
    await gateway.waitFor(isServed, "clients of the next process");
    if (comes) expect(await visit(door(comes))).toBe("/");
    if (goes) await expect(visit(door(goes))).rejects.toThrow("ECONNREFUSED");
    await load.end();
    const { failed, failures, servedBy } = load.tally();
    expect({ failed, failures }).toEqual({ failed: 0, failures: [] });
    expect(Object.keys(servedBy).map(Number)).toEqual([first, gateway.pid]);
  },
  60_000,
);
