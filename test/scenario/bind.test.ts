import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { freePort, freePorts } from "../support/free_port.ts";
import { bridgeInterface, canMakeNetworks, networkNamespace } from "../support/network.ts";
import type { Destination } from "./stage/peer.ts";
import { section, Stage } from "./stage/stage.ts";

/** A gateway that answers with the number and the address of the socket a request came in by. */
function configuration(...binds: string[]): string {
  return section("defaults", ["mode http", "timeout client 30s"]) +
    section("frontend fe", [
      ...binds.map((bind) => `bind ${bind}`),
      'http-request return status 200 content-type text/plain lf-string "%[so_id] %[dst]"',
    ]);
}

async function ask(stage: Stage, to: Destination): Promise<string> {
  const client = await stage.client(to);
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  return (await client.answer()).body;
}

/** What it said when it could not start. */
async function refusal(stage: Stage, bind: string): Promise<string> {
  const gateway = stage.launch(configuration(bind));
  expect(await gateway.exited()).toBe(1);
  return gateway.output;
}

/** What `ss` says of the socket that listens on a port. */
function listening(port: number): string {
  return Bun.spawnSync(["ss", "-Hltn", `sport = :${port}`]).stdout.toString();
}

async function occupied(port: number): Promise<AsyncDisposable> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

describe("addresses", () => {
  test("each address and each port of a range is a socket", async () => {
    await using stage = new Stage();
    const first = await freePorts(2);
    const other = await freePort();
    await stage.gateway(configuration(
      `127.0.0.1:${first}-${first + 1},ipv4@127.0.0.1:${other}`,
      `ipv6@[::1]:${other}`,
    ));
    expect(await ask(stage, first)).toBe("1 127.0.0.1");
    expect(await ask(stage, first + 1)).toBe("2 127.0.0.1");
    expect(await ask(stage, other)).toBe("3 127.0.0.1");
    expect(await ask(stage, { host: "::1", port: other })).toBe("4 ::1");
  });

  test("an IPv6 socket takes IPv4 connections unless it is v6only", async () => {
    await using stage = new Stage();
    const [both, only] = [await freePort(), await freePort()];
    await stage.gateway(configuration(`[::]:${both} v4v6`, `:::${only} v6only`));
    expect(await ask(stage, both)).toBe("1 127.0.0.1");
    expect(await ask(stage, { host: "::1", port: both })).toBe("1 ::1");
    expect(await ask(stage, { host: "::1", port: only })).toBe("2 ::1");
    expect(stage.client(only)).rejects.toThrow("ECONNREFUSED");
  });

  test("an abstract name is no file", async () => {
    await using stage = new Stage();
    const name = `sluice-${await freePort()}`;
    await stage.gateway(configuration(`abnsz@${name}`));
    expect(await ask(stage, `\0${name}`)).toBe("1 ");
  });

  test("a name is what the system says it is", async () => {
    await using stage = new Stage();
    const port = await freePort();
    await stage.gateway(configuration(`ipv4@localhost:${port}`));
    expect(await ask(stage, port)).toBe("1 127.0.0.1");
  });
});

describe("an address that can't be had", () => {
  test("is named, with the step that failed and the reason", async () => {
    await using stage = new Stage();
    const port = await freePort();
    await using _other = await occupied(port);
    expect(await refusal(stage, `127.0.0.1:${port}`)).toContain(
      ":5:4: error: Starting frontend fe: cannot bind socket (Address already in use) " +
        `for [127.0.0.1:${port}]`,
    );
    expect(await refusal(stage, `192.0.2.1:${port}`)).toContain(
      `cannot bind socket (Cannot assign requested address) for [192.0.2.1:${port}]`,
    );
    expect(await refusal(stage, "/nonexistent/s.sock")).toContain(
      "cannot bind UNIX socket (No such file or directory) for [/nonexistent/s.sock]",
    );
  });

  test("leaves a running gateway as it was", async () => {
    await using stage = new Stage();
    const [port, taken, free] = [await freePort(), await freePort(), await freePort()];
    await using _other = await occupied(taken);
    const gateway = await stage.gateway(configuration(`127.0.0.1:${port}`));
    expect(await ask(stage, port)).toBe("1 127.0.0.1");
    gateway.rewrite(configuration(`127.0.0.1:${free}`, `127.0.0.1:${taken}`));
    gateway.signal("SIGHUP");
    await gateway.said("reload refused");
    expect(await ask(stage, port)).toBe("1 127.0.0.1");
    expect(stage.client(free)).rejects.toThrow("ECONNREFUSED");
  });
});

describe("a unix socket", () => {
  test("has the mode that its line says, and no trace of how it was made", async () => {
    await using stage = new Stage();
    const gateway = await stage.gateway(configuration("unix@s.sock mode 640"));
    const path = join(gateway.folder, "s.sock");
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(readdirSync(gateway.folder).sort()).toEqual(["s.sock", "sluice.yaml"]);
    expect(await ask(stage, path)).toBe("1 ");
  });

  test("takes over a path from whoever listened there, without a moment in between", async () => {
    await using stage = new Stage();
    const old = await stage.gateway(configuration("unix@s.sock"));
    const path = join(old.folder, "s.sock");
    const waiting = await stage.client(path);
    await stage.gateway(configuration(path, path));
    expect(await ask(stage, path)).toBe("2 ");
    waiting.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect((await waiting.answer()).body).toBe("1 ");
    await old.stop();
    expect(existsSync(path)).toBe(false);
  });

  test("is not put in the place of a file", async () => {
    await using stage = new Stage();
    const gateway = stage.launch(configuration("unix@data"), { files: { data: "precious" } });
    expect(await gateway.exited()).toBe(1);
    expect(gateway.output).toContain("cannot replace a file by a UNIX socket");
    expect(readFileSync(join(gateway.folder, "data"), "utf8")).toBe("precious");
  });

  test("stays when a reload fails later on", async () => {
    await using stage = new Stage();
    const gateway = await stage.gateway(configuration("unix@s.sock"));
    const path = join(gateway.folder, "s.sock");
    expect(await ask(stage, path)).toBe("1 ");
    writeFileSync(join(gateway.folder, "x"), "");
    gateway.rewrite(configuration(path, "unix@x"));
    gateway.signal("SIGHUP");
    await gateway.said("reload refused");
    expect(readdirSync(gateway.folder).sort()).toEqual(["s.sock", "sluice.yaml", "x"]);
  });
});

describe("how a socket is made", () => {
  test("the queue is as long as the line, the proxy or its limit says", async () => {
    await using stage = new Stage();
    const ports = [await freePort(), await freePort(), await freePort()];
    await stage.gateway(configuration(
      `127.0.0.1:${ports[0]} backlog 77`,
      `127.0.0.1:${ports[1]} maxconn 33`,
      `127.0.0.1:${ports[2]}`,
    ));
    const queues = ports.map((port) => Number(listening(port).split(/\s+/)[2]));
    expect(queues).toEqual([77, 33, 1024]);
  });

  test("tuned for TCP it serves all the same", async () => {
    await using stage = new Stage();
    const port = await freePort();
    await stage.gateway(configuration(`127.0.0.1:${port} mss 1000 tcp-ut 5s tfo defer-accept`));
    expect(await ask(stage, port)).toBe("1 127.0.0.1");
  });

  test("noreuseport keeps others off the port", async () => {
    await using stage = new Stage();
    const port = await freePort();
    const text = section("global", ["noreuseport"]) + configuration(`127.0.0.1:${port}`);
    await stage.gateway(text);
    const second = stage.launch(text);
    expect(await second.exited()).toBe(1);
    expect(second.output).toContain("cannot bind socket (Address already in use)");
  });

  test.skipIf(!canMakeNetworks)("transparent takes an address of another machine", async () => {
    await using stage = new Stage();
    const port = await freePort();
    await stage.gateway(configuration(`192.0.2.1:${port} transparent`));
    expect(listening(port)).toContain(`192.0.2.1:${port}`);
  });

  test.skipIf(!canMakeNetworks)("interface accepts from that one only", async () => {
    await using stage = new Stage();
    using device = bridgeInterface();
    const [loopback, other] = [await freePort(), await freePort()];
    await stage.gateway(
      configuration(`:${loopback} interface lo`, `:${other} interface ${device.name}`),
    );
    expect(await ask(stage, loopback)).toBe("1 127.0.0.1");
    expect(stage.client(other)).rejects.toThrow("ECONNREFUSED");
    expect(await refusal(stage, `:${other} interface none0`)).toContain(
      `cannot bind listener to device (No such device) for [0.0.0.0:${other}]`,
    );
  });

  test.skipIf(!canMakeNetworks)("namespace listens there, and the others here", async () => {
    await using stage = new Stage();
    using space = networkNamespace();
    const [there, here] = [await freePort(), await freePort()];
    await stage.gateway(
      configuration(`127.0.0.1:${there} namespace ${space.name}`, `127.0.0.1:${here}`),
    );
    expect(await ask(stage, here)).toBe("2 127.0.0.1");
    expect(stage.client(there)).rejects.toThrow("ECONNREFUSED");
    const inside = Bun.spawnSync(
      ["ip", "netns", "exec", space.name, "curl", "-s", `http://127.0.0.1:${there}/`],
    );
    expect(inside.stdout.toString()).toBe("1 127.0.0.1");
    expect(await refusal(stage, `127.0.0.1:${there} namespace none0`)).toContain(
      "Cannot open namespace 'none0' (No such file or directory)",
    );
  });
});
