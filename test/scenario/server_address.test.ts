import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { freePort, freePorts } from "../support/free_port.ts";
import { haproxyAvailable, startHaproxy } from "../support/haproxy.ts";
import { canMakeNetworks, networkNamespace } from "../support/network.ts";
import type { StoryGateway } from "./stage/gateway.ts";
import type { Destination } from "./stage/peer.ts";
import { section, Stage } from "./stage/stage.ts";

const request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const times = ["timeout connect 5s", "timeout client 30s", "timeout server 30s"];

/** A gateway of one frontend and one backend of these lines. */
function configuration(bind: string, backend: readonly string[]): string {
  return section("defaults", ["mode http", ...times, "retries 0"]) +
    section("frontend fe", [`bind ${bind}`, "default_backend be"]) +
    section("backend be", backend);
}

async function ask(stage: Stage, to: Destination): Promise<{ start: string; body: string }> {
  const client = await stage.client(to);
  client.send(request);
  return await client.answer();
}

/** An origin that answers with what it knows of the connection. */
class Mirror implements AsyncDisposable {
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async at(where: { host?: string; port?: number; path?: string }): Promise<Mirror> {
    const server = createServer((socket) => {
      mirror.connections++;
      mirror.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("data", () => {
        const body = `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress}`;
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      });
    });
    const mirror = new Mirror(server);
    await new Promise<void>((resolve) => server.listen(where, resolve));
    return mirror;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

async function refusal(stage: Stage, server: string): Promise<string> {
  const text = configuration(`127.0.0.1:${await freePort()}`, [server]);
  const gateway = stage.launch(text);
  expect(await gateway.exited()).toBe(1);
  return gateway.output;
}

async function scene(
  stage: Stage,
  ...backend: string[]
): Promise<{ gateway: StoryGateway; port: number }> {
  const port = await freePort();
  return { gateway: await stage.gateway(configuration(`127.0.0.1:${port}`, backend)), port };
}

describe("a server's address", () => {
  test("IPv6, and a path", async () => {
    await using stage = new Stage();
    await using six = await Mirror.at({ host: "::1", port: 0 });
    const { port } = await scene(stage, `server s [::1]:${six.port}`);
    expect((await ask(stage, port)).body).toEndWith(" ::1");
    const other = await freePort();
    const { folder } = await stage.gateway(
      configuration(`127.0.0.1:${other}`, ["server s unix@s.sock"]),
    );
    await using _path = await Mirror.at({ path: join(folder, "s.sock") });
    expect((await ask(stage, other)).start).toBe("HTTP/1.1 200 OK");
  });

  test("without a port, or with one relative to the client's", async () => {
    await using stage = new Stage();
    const front = await freePorts(3);
    await using above = await Mirror.at({ host: "127.0.0.2", port: front + 2 });
    await using same = await Mirror.at({ host: "127.0.0.3", port: front });
    await stage.gateway(configuration(`127.0.0.1:${front}`, ["server s 127.0.0.2:+2"]));
    expect((await ask(stage, front)).body).toEndWith(" 127.0.0.2");
    expect(above.connections).toBe(1);
    const bare = section("defaults", ["mode http", ...times]) +
      section("listen li", [`bind 127.0.0.4:${front}`, "server s 127.0.0.3"]);
    await stage.gateway(bare);
    expect((await ask(stage, { host: "127.0.0.4", port: front })).body).toEndWith(" 127.0.0.3");
    expect(same.connections).toBe(1);
  });

  test("of nowhere is the client's own destination", async () => {
    await using stage = new Stage();
    await using origin = await Mirror.at({ host: "127.0.0.1", port: 0 });
    const port = await freePort();
    const lines = ["http-request set-dst str(127.0.0.1)", `server s 0.0.0.0:${origin.port}`];
    await stage.gateway(configuration(`127.0.0.9:${port}`, lines));
    expect((await ask(stage, { host: "127.0.0.9", port })).body).toEndWith(" 127.0.0.1");
  });

  test("an idle connection is not used for another destination", async () => {
    await using stage = new Stage();
    await using one = await Mirror.at({ host: "127.0.0.1", port: 0 });
    await using two = await Mirror.at({ host: "127.0.0.2", port: one.port });
    const { port } = await scene(
      stage,
      "http-reuse always",
      "http-request set-dst hdr(to)",
      `server s 0.0.0.0:${one.port}`,
    );
    const client = await stage.client(port);
    for (const to of ["127.0.0.1", "127.0.0.2", "127.0.0.1", "127.0.0.2"]) {
      client.send(`GET / HTTP/1.1\r\nHost: a\r\nTo: ${to}\r\n\r\n`);
      expect((await client.answer()).body).toEndWith(` ${to}`);
    }
    expect(one.connections).toBeGreaterThan(0);
    expect(two.connections).toBeGreaterThan(0);
  });

  test("server-template makes servers of one address", async () => {
    await using stage = new Stage();
    await using origin = await Mirror.at({ host: "127.0.0.1", port: 0 });
    const { port } = await scene(
      stage,
      "http-response set-header X-Server %s",
      `server-template web 2-3 127.0.0.1:${origin.port}`,
    );
    const names: (string | undefined)[] = [];
    for (let i = 0; i < 3; i++) {
      const client = await stage.client(port);
      client.send(request);
      names.push(
        (await client.answer()).headers.find(([name]) => name.toLowerCase() === "x-server")?.[1],
      );
    }
    expect(names).toEqual(["web2", "web3", "web2"]);
  });

  test.skipIf(!haproxyAvailable().available)("an abstract name is HAProxy's", async () => {
    await using stage = new Stage();
    const name = `sluice-${await freePort()}`;
    const port = await freePort();
    const { port: front, gateway } = await scene(stage, `server s abns@${name}`);
    const file = join(gateway.folder, "haproxy.cfg");
    writeFileSync(
      file,
      `defaults\n mode http\n timeout client 9s\nfrontend f\n bind abns@${name}\n ` +
        `bind 127.0.0.1:${port}\n http-request return status 200 hdr x y\n`,
    );
    const haproxy = await startHaproxy(file, { host: "127.0.0.1", port });
    try {
      expect((await ask(stage, front)).start).toBe("HTTP/1.1 200 OK");
    } finally {
      await haproxy.stop();
    }
  });
});

describe("a server's name", () => {
  test("is what the system says it is when the gateway starts", async () => {
    await using stage = new Stage();
    await using origin = await Mirror.at({ host: "127.0.0.1", port: 0 });
    const { port } = await scene(stage, `server s ipv4@localhost:${origin.port}`);
    expect((await ask(stage, port)).body).toEndWith(" 127.0.0.1");
  });

  test("that stands for nothing stops the start, unless init-addr has another way", async () => {
    await using stage = new Stage();
    await using origin = await Mirror.at({ host: "127.0.0.1", port: 0 });
    expect(await refusal(stage, "server s nohost.invalid:80")).toContain(
      "sluice.yaml:11:4: error: 'server be/s' : could not resolve address 'nohost.invalid'",
    );
    const { gateway, port } = await scene(
      stage,
      `server s nohost.invalid:${origin.port} init-addr libc,127.0.0.1`,
    );
    expect(gateway.output).toContain("falling back to configured address");
    expect((await ask(stage, port)).start).toBe("HTTP/1.1 200 OK");
  });

  test("that stands for nothing yet keeps its server in maintenance until a reload", async () => {
    await using stage = new Stage();
    await using origin = await Mirror.at({ host: "127.0.0.1", port: 0 });
    const { gateway, port } = await scene(
      stage,
      `server s nohost.invalid:${origin.port} init-addr libc,none`,
    );
    expect(gateway.output).toContain(
      "could not resolve address 'nohost.invalid', disabling server",
    );
    expect((await ask(stage, port)).start).toBe("HTTP/1.1 503 Service Unavailable");
    const resolvable = [`server s ipv4@localhost:${origin.port} init-addr libc,none`];
    gateway.rewrite(configuration(`127.0.0.1:${port}`, resolvable));
    gateway.signal("SIGHUP");
    await gateway.said("configuration reloaded");
    expect((await ask(stage, port)).start).toBe("HTTP/1.1 200 OK");
  });
});

describe("where connections come from", () => {
  test("the proxy's source, unless the server has its own", async () => {
    await using stage = new Stage();
    await using origin = await Mirror.at({ host: "127.0.0.1", port: 0 });
    const to = `127.0.0.1:${origin.port}`;
    const { port } = await scene(
      stage,
      "source 127.0.0.5",
      `server a ${to}`,
      `server b ${to} source 127.0.0.6 tcp-ut 5s`,
      `server c ${to} source 0.0.0.0`,
    );
    const sources: (string | undefined)[] = [];
    for (let i = 0; i < 3; i++) sources.push((await ask(stage, port)).body.split(" ")[0]);
    expect(sources).toEqual(["127.0.0.5", "127.0.0.6", "127.0.0.1"]);
  });

  test("each port of a range in its turn, while it is free", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const first = await freePorts(3);
    const { port } = await scene(
      stage,
      `server s 127.0.0.1:${origin.port} source 127.0.0.5:${first}-${first + 2}`,
    );
    const ports: (number | undefined)[] = [];
    for (let i = 0; i < 3; i++) {
      const client = await stage.client(port);
      client.send(request);
      ports.push((await origin.accept()).socket.remotePort);
    }
    expect(ports).toEqual([first, first + 1, first + 2]);
    expect((await ask(stage, port)).start).toBe("HTTP/1.1 503 Service Unavailable");
  });

  test("a connection that is refused is told so", async () => {
    await using stage = new Stage();
    const nobody = await freePort();
    const { port } = await scene(stage, `server s 127.0.0.1:${nobody} source 127.0.0.5`);
    expect((await ask(stage, port)).start).toBe("HTTP/1.1 503 Service Unavailable");
    const absent = await scene(stage, `server s 127.0.0.1:${nobody} source 192.0.2.9`);
    expect((await ask(stage, absent.port)).start).toBe("HTTP/1.1 503 Service Unavailable");
  });

  test("health checks use it as well", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    await scene(
      stage,
      "option httpchk",
      `server s 127.0.0.1:${origin.port} source 127.0.0.5 check inter 100ms`,
    );
    const check = await origin.accept();
    expect(await check.until("\r\n\r\n")).toContain("OPTIONS / HTTP/1.0");
    expect(check.socket.remoteAddress).toBe("127.0.0.5");
  });

  test.skipIf(!canMakeNetworks)("usesrc shows the server another machine's address", async () => {
    await using stage = new Stage();
    await using origin = await Mirror.at({ host: "127.0.0.1", port: 0 });
    const { port } = await scene(
      stage,
      "http-request set-src hdr(from)",
      "http-reuse always",
      `server s 127.0.0.1:${origin.port} source 0.0.0.0 usesrc clientip`,
    );
    const client = await stage.client(port);
    for (const from of ["127.8.8.8", "127.9.9.9", "127.8.8.8"]) {
      client.send(`GET / HTTP/1.1\r\nHost: a\r\nFrom: ${from}\r\n\r\n`);
      expect((await client.answer()).body.split(" ")[0]).toBe(from);
    }
    expect(origin.connections).toBe(2);
  });

  test.skipIf(!canMakeNetworks)("a namespace has servers of its own", async () => {
    await using stage = new Stage();
    using space = networkNamespace();
    const inside = await freePort();
    await stage.gateway(
      section("defaults", ["mode http", "timeout client 30s"]) +
        section("frontend fe", [
          `bind 127.0.0.1:${inside} namespace ${space.name}`,
          "http-request return status 204",
        ]),
    );
    const { port } = await scene(stage, `server s 127.0.0.1:${inside} namespace ${space.name}`);
    expect((await ask(stage, port)).start).toBe("HTTP/1.1 204 No Content");
    expect(await refusal(stage, `server s 127.0.0.1:${inside} namespace none0`)).toContain(
      "'server be/s' : Cannot open namespace 'none0'",
    );
  });

  test.skipIf(!canMakeNetworks)("an interface that is not there costs the connection", async () => {
    await using stage = new Stage();
    await using origin = await Mirror.at({ host: "127.0.0.1", port: 0 });
    const to = `127.0.0.1:${origin.port} source 0.0.0.0 interface`;
    const present = await scene(stage, `server s ${to} lo`);
    expect((await ask(stage, present.port)).start).toBe("HTTP/1.1 200 OK");
    const absent = await scene(stage, `server s ${to} none0`);
    expect((await ask(stage, absent.port)).start).toBe("HTTP/1.1 503 Service Unavailable");
  });
});
