import { describe, expect, test } from "bun:test";
import type { StoryGateway } from "./stage/gateway.ts";
import { logged } from "./stage/log_line.ts";
import { naming, type StoryOrigin } from "./stage/origin.ts";
import type { Peer } from "./stage/peer.ts";
import { section, type SimpleOptions, simpleScene, Stage } from "./stage/stage.ts";
import { freePort } from "../support/free_port.ts";
import { sluiceCommand } from "../support/sluice.ts";

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** The gateway has taken note of all that clients did before this. */
async function settled(through: Peer): Promise<void> {
  for (let i = 0; i < 3; i++) await through.ask(get("/settle"));
}

describe("maxconn: a client too many waits until another leaves, and is served then", () => {
  async function oneAtATime(stage: Stage, configuration: string, port: number): Promise<void> {
    const gateway = await stage.gateway(configuration);
    const first = await stage.client(port);
    await settled(first);
    const second = await stage.client(port);
    second.send(get("/second"));
    const third = await stage.client(port);
    third.send(get("/third"));
    await settled(first);
    expect(gateway.output).not.toContain("GET /second ");
    first.close();
    expect((await second.answer()).body).toBe("o GET /second HTTP/1.1 ");
    await settled(second);
    expect(gateway.output).not.toContain("GET /third ");
    // One that leaves while it waits takes no place.
    third.reset();
    const fourth = await stage.client(port);
    fourth.send(get("/fourth"));
    await settled(second);
    second.close();
    expect((await fourth.answer()).body).toBe("o GET /fourth HTTP/1.1 ");
  }

  function configuration(
    port: number,
    origin: StoryOrigin,
    at: { global?: string; frontend?: string; bind?: string },
  ): string {
    const times = ["timeout connect 5s", "timeout client 30s", "timeout server 30s"];
    const log = "log stdout format raw local0";
    return section("global", [log, ...at.global ? [at.global] : []]) +
      section("defaults", ["mode http", "log global", "option httplog", ...times]) +
      section("frontend fe", [
        `bind 127.0.0.1:${port} ${at.bind ?? ""}`.trimEnd(),
        ...at.frontend ? [at.frontend] : [],
        "default_backend be",
      ]) +
      section("backend be", [`server s1 127.0.0.1:${origin.port}`]);
  }

  test.each([
    ["of the process", { global: "maxconn 1" }],
    ["of a frontend", { frontend: "maxconn 1" }],
    ["of a bind", { bind: "maxconn 1" }],
  ])("%s", async (_where, at) => {
    await using stage = new Stage();
    const port = await freePort();
    const origin = await stage.origin(naming("o"));
    await oneAtATime(stage, configuration(port, origin, at), port);
  });
});

interface Full {
  readonly gateway: StoryGateway;
  readonly origin: StoryOrigin;
  /** The connection that keeps the only server busy. */
  readonly busy: Peer;
  /** A client whose request for `path` has come as far as it may. */
  join(path: string): Promise<Peer>;
}

/** A server that takes one request at a time, and has one. */
async function full(stage: Stage, options: SimpleOptions = {}): Promise<Full> {
  const origin = await stage.origin();
  const { gateway, port } = await simpleScene(stage, [origin], {
    server: "maxconn 1",
    ...options,
    backend: ["http-reuse always", ...options.backend ?? []],
    frontend: ["http-request return status 204 if { path /settle }", ...options.frontend ?? []],
  });
  const bystander = await stage.client(port);
  const join = async (path: string): Promise<Peer> => {
    const client = await stage.client(port);
    client.send(get(path));
    await settled(bystander);
    return client;
  };
  await join("/busy");
  const busy = await origin.accept();
  await busy.request();
  return { gateway, origin, busy, join };
}

describe("maxconn: a place is free for whoever waits", () => {
  const times = ["timeout connect 5s", "timeout client 30s", "timeout server 30s"];

  // Only the listener that a client had left looked for one who waited.
  test("on another listener of the frontend", async () => {
    await using stage = new Stage();
    const origin = await stage.origin(naming("o"));
    const ports = [await freePort(), await freePort()];
    await stage.gateway(
      section("defaults", ["mode http", ...times]) +
        section("frontend fe", [
          ...ports.map((port) => `bind 127.0.0.1:${port}`),
          "maxconn 1",
          "default_backend be",
        ]) +
        section("backend be", [`server s1 127.0.0.1:${origin.port}`]),
    );
    const first = await stage.client(ports[0]!);
    await settled(first);
    const second = await stage.client(ports[1]!);
    second.send(get("/second"));
    await settled(first);
    first.close();
    expect((await second.answer()).body).toBe("o GET /second HTTP/1.1 ");
  });

  // One that was refused gave its place to nobody.
  test("behind those that are refused when it is their turn", async () => {
    await using stage = new Stage();
    const origin = await stage.origin(naming("o"));
    const { port } = await simpleScene(stage, [origin], {
      frontend: ["maxconn 1", "tcp-request connection reject if { src 127.0.0.2 }"],
    });
    const first = await stage.client(port);
    await settled(first);
    const refused = await stage.client({ host: "127.0.0.1", port, localAddress: "127.0.0.2" });
    const third = await stage.client(port);
    third.send(get("/third"));
    await settled(first);
    first.close();
    await refused.end();
    expect((await third.answer()).body).toBe("o GET /third HTTP/1.1 ");
  });
});

describe("a server's maxconn: requests wait in a queue", () => {
  test("in order of arrival, each counted with those ahead of it", async () => {
    await using stage = new Stage();
    const { gateway, origin, busy, join } = await full(stage);
    const paths = ["/1", "/2", "/3"];
    const clients: Peer[] = [];
    for (const path of paths) clients.push(await join(path));
    expect(origin.accepted).toBe(1);
    busy.send(ok);
    for (const [i, path] of paths.entries()) {
      expect((await busy.request()).start).toBe(`GET ${path} HTTP/1.1`);
      busy.send(ok);
      expect((await clients[i]!.answer()).body).toBe("ok");
      expect(await logged(gateway, `GET ${path} `)).toMatchObject(
        { by: "be/s1", status: 200, flags: "--", queues: `0/${i + 1}` },
      );
    }
  });

  test("for as long as `timeout queue`: 503 sQ", async () => {
    await using stage = new Stage();
    const { gateway, origin, busy, join } = await full(stage, { backend: ["timeout queue 100ms"] });
    const client = await join("/1");
    expect((await client.answer()).start).toBe("HTTP/1.1 503 Service Unavailable");
    expect(await logged(gateway, "GET /1 ")).toMatchObject(
      { by: "be/<NOSRV>", status: 503, flags: "sQ", queues: "0/1" },
    );
    busy.send(ok);
    await logged(gateway, "GET /busy ");
    expect(origin.accepted).toBe(1);
  });

  test("which a client may leave: CQ, and those behind it move up", async () => {
    await using stage = new Stage();
    const { gateway, busy, join } = await full(stage, { defaults: ["option abortonclose"] });
    const first = await join("/1");
    const second = await join("/2");
    first.halfClose();
    expect(await first.end()).toBe("");
    expect(await logged(gateway, "GET /1 ")).toMatchObject(
      { by: "be/<NOSRV>", status: -1, flags: "CQ" },
    );
    busy.send(ok);
    expect((await busy.request()).start).toBe("GET /2 HTTP/1.1");
    busy.send(ok);
    expect((await second.answer()).body).toBe("ok");
  });

  const named = ["use-server s1 if TRUE", "balance first"];

  test("of one server, where a rule names it; 503 SQ when `maxqueue` are in it", async () => {
    await using stage = new Stage();
    const { gateway, busy, join } = await full(stage, {
      server: "maxconn 1 maxqueue 1",
      backend: [...named, "no option redispatch"],
    });
    const waiting = await join("/1");
    const refused = await join("/2");
    expect((await refused.answer()).start).toBe("HTTP/1.1 503 Service Unavailable");
    expect(await logged(gateway, "GET /2 ")).toMatchObject(
      { by: "be/s1", status: 503, flags: "SQ" },
    );
    busy.send(ok);
    await busy.request();
    busy.send(ok);
    expect((await waiting.answer()).body).toBe("ok");
    expect(await logged(gateway, "GET /1 ")).toMatchObject({ by: "be/s1", queues: "1/0" });
  });

  test("of one server, and goes to another one with `option redispatch`", async () => {
    await using stage = new Stage();
    const other = await stage.origin(naming("other"));
    const { gateway, join } = await full(stage, {
      server: "maxconn 1 maxqueue 1",
      backend: [...named, "option redispatch", `server s0 127.0.0.1:${other.port}`],
    });
    await join("/1");
    const moved = await join("/2");
    expect((await moved.answer()).body).toStartWith("other ");
    expect(await logged(gateway, "GET /2 ")).toMatchObject(
      { by: "be/s0", status: 200, flags: "--" },
    );
  });

  test("and is at most `minconn` while the backend has little to do", async () => {
    await using stage = new Stage();
    const { origin, busy, join } = await full(stage, {
      server: "maxconn 100 minconn 1",
      backend: ["fullconn 1000"],
    });
    const client = await join("/1");
    expect(origin.accepted).toBe(1);
    busy.send(ok);
    expect((await busy.request()).start).toBe("GET /1 HTTP/1.1");
    busy.send(ok);
    expect((await client.answer()).body).toBe("ok");
  });
});

test("without a maxconn as many clients are served as there are descriptors for, and no request fails", async () => {
  await using stage = new Stage();
  const limited = ["bash", "-c", 'ulimit -n 100; exec "$@"', "-", ...sluiceCommand()];
  const { port } = await simpleScene(stage, [await stage.origin(naming("o"))], {
    command: limited,
  });
  // Two descriptors each, less what the process needs besides.
  const room = 30;
  const served: Peer[] = [];
  for (let i = 0; i < room; i++) {
    const client = await stage.client(port);
    expect((await client.ask(get(`/${i}`))).start).toContain(" 200 ");
    served.push(client);
  }
  const late = await Promise.all(Array.from({ length: 10 }, () => stage.client(port)));
  for (const client of late) client.send(get("/late"));
  await settled(served[0]!);
  expect(late.map((client) => client.received)).toEqual(late.map(() => ""));
  for (const client of served.slice(1, 11)) client.close();
  for (const client of late) expect((await client.answer()).body).toStartWith("o GET /late");
});
