import { describe, expect, test } from "bun:test";
import { naming, type StoryOrigin } from "./stage/origin.ts";
import type { Peer } from "./stage/peer.ts";
import { simpleScene, Stage } from "./stage/stage.ts";

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

async function answered(client: Peer, server: Peer, path: string): Promise<void> {
  client.send(get(path));
  expect((await server.request()).start).toBe(`GET ${path} HTTP/1.1`);
  server.send(ok);
  expect((await client.answer()).body).toBe("ok");
}

interface Scene {
  readonly origin: StoryOrigin;
  client(): Promise<Peer>;
}

async function scene(stage: Stage, backend: string[], server = ""): Promise<Scene> {
  const origin = await stage.origin();
  const { port } = await simpleScene(stage, [origin], { backend, server });
  return { origin, client: () => stage.client(port) };
}

describe("http-reuse", () => {
  test("never: a client has connections of its own, and keeps them", async () => {
    await using stage = new Stage();
    const { origin, client } = await scene(stage, ["http-reuse never"]);
    const a = await client();
    a.send(get("/a1"));
    const forA = await origin.accept();
    await forA.request();
    forA.send(ok);
    await a.answer();
    const b = await client();
    b.send(get("/b1"));
    const forB = await origin.accept();
    await forB.request();
    forB.send(ok);
    await b.answer();
    await answered(a, forA, "/a2");
    await answered(b, forB, "/b2");
    expect(origin.accepted).toBe(2);
    // Nobody else could use it.
    a.close();
    await forA.end();
  });

  test("a connection that is done with is reset, as by haproxy: it would keep its port for a minute", async () => {
    await using stage = new Stage();
    const { origin, client } = await scene(stage, ["http-reuse never"]);
    const one = await client();
    one.send(get("/"));
    const server = await origin.accept();
    await server.request();
    server.send(ok);
    await one.answer();
    one.close();
    await server.end();
    expect(server.finished).toBe("reset");
  });

  test("safe: a client's first request has a connection that is new, later ones any", async () => {
    await using stage = new Stage();
    const { origin, client } = await scene(stage, ["http-reuse safe"]);
    const a = await client();
    a.send(get("/a1"));
    const first = await origin.accept();
    await first.request();
    first.send(ok);
    await a.answer();
    const b = await client();
    b.send(get("/b1"));
    const second = await origin.accept();
    await second.request();
    second.send(ok);
    await b.answer();
    expect(origin.accepted).toBe(2);
    await answered(a, first, "/a2");
    await answered(b, first, "/b2");
    expect(origin.accepted).toBe(2);
  });

  test("aggressive: also a first request, on one that was used again before", async () => {
    await using stage = new Stage();
    const { origin, client } = await scene(stage, ["http-reuse aggressive"]);
    const a = await client();
    a.send(get("/a1"));
    const first = await origin.accept();
    await first.request();
    first.send(ok);
    await a.answer();
    await answered(a, first, "/a2");
    await answered(await client(), first, "/b1");
    expect(origin.accepted).toBe(1);
  });

  test("always: any request on any idle connection", async () => {
    await using stage = new Stage();
    const { origin, client } = await scene(stage, ["http-reuse always"]);
    const a = await client();
    a.send(get("/a1"));
    const first = await origin.accept();
    await first.request();
    first.send(ok);
    await a.answer();
    await answered(await client(), first, "/b1");
    expect(origin.accepted).toBe(1);
  });
});

describe("a connection whose server asks who is on it", () => {
  const ntlm = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n";

  test("is its client's alone from then on, whatever http-reuse says, and closes with it", async () => {
    for (
      const challenge of [
        ntlm,
        ntlm.replace("NTLM", "Basic realm=a, Negotiate"),
        ntlm.replace("NTLM", "Basic realm=a\r\nWWW-Authenticate: ntlm TlRMTVNTUAAC"),
        ntlm.replace("401", "407").replace("WWW-", "Proxy-"),
      ]
    ) {
      await using stage = new Stage();
      const { origin, client } = await scene(stage, ["http-reuse always"]);
      const a = await client();
      a.send(get("/a1"));
      const forA = await origin.accept();
      await forA.request();
      forA.send(challenge);
      await a.answer();
      await answered(a, forA, "/a2");
      const b = await client();
      b.send(get("/b1"));
      const forB = await origin.accept();
      await forB.request();
      forB.send(ok);
      await b.answer();
      await answered(a, forA, "/a3");
      expect(origin.accepted).toBe(2);
      a.close();
      await forA.end();
    }
  });

  test("is anybody's after a challenge to one request, or in a field of another status", async () => {
    for (
      const answer of [
        ntlm.replace("NTLM", 'Basic realm="NTLM"'),
        ntlm.replace("NTLM", 'Basic realm="a, \\", NTLM"'),
        ntlm.replace("401", "403"),
        ntlm.replace("401", "407"),
      ]
    ) {
      await using stage = new Stage();
      const { origin, client } = await scene(stage, ["http-reuse always"]);
      const a = await client();
      a.send(get("/a1"));
      const first = await origin.accept();
      await first.request();
      first.send(answer);
      await a.answer();
      await answered(await client(), first, "/b1");
      expect(origin.accepted).toBe(1);
    }
  });
});

describe("idle connections", () => {
  test("are not kept at all with `pool-max-conn 0`", async () => {
    await using stage = new Stage();
    const { origin, client } = await scene(stage, ["http-reuse always"], "pool-max-conn 0");
    const a = await client();
    a.send(get("/a1"));
    const first = await origin.accept();
    await first.request();
    first.send(ok);
    await a.answer();
    a.close();
    await first.end();
    const b = await client();
    b.send(get("/b1"));
    expect((await (await origin.accept()).request()).start).toBe("GET /b1 HTTP/1.1");
  });

  test("go after `pool-purge-delay`", async () => {
    await using stage = new Stage();
    const { origin, client } = await scene(stage, ["http-reuse always"], "pool-purge-delay 50ms");
    const a = await client();
    a.send(get("/a1"));
    const first = await origin.accept();
    await first.request();
    first.send(ok);
    await a.answer();
    a.close();
    await first.end();
  });

  test("that the server closes are not used", async () => {
    await using stage = new Stage();
    const { origin, client } = await scene(stage, ["http-reuse always"]);
    const a = await client();
    a.send(get("/a1"));
    const first = await origin.accept();
    await first.request();
    first.send(ok);
    await a.answer();
    first.halfClose();
    await first.end();
    a.send(get("/a2"));
    const second = await origin.accept();
    await second.request();
    second.send(ok);
    expect((await a.answer()).body).toBe("ok");
  });

  test("are not had with `max-reuse 0`, `option httpclose` or a server that closes", async () => {
    for (const [line, server] of [["", "max-reuse 0"], ["option httpclose", ""]] as const) {
      await using stage = new Stage();
      const { origin, client } = await scene(stage, ["http-reuse always", line], server);
      const a = await client();
      a.send(get("/a1"));
      const first = await origin.accept();
      await first.request();
      first.send(ok);
      await a.answer();
      await first.end();
    }
    await using stage = new Stage();
    const { origin, client } = await scene(stage, ["http-reuse always"]);
    const a = await client();
    a.send(get("/a1"));
    const first = await origin.accept();
    await first.request();
    first.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
    const answer = await a.answer();
    expect(answer.headers).toEqual([["Content-Length", "2"]]);
    await first.end();
  });

  test("are as many as were needed at once, and all of them are used again", async () => {
    await using stage = new Stage();
    const origin = await stage.origin(naming("o"));
    const { port } = await simpleScene(stage, [origin], { backend: ["http-reuse always"] });
    const clients = await Promise.all(Array.from({ length: 8 }, () => stage.client(port)));
    for (let round = 0; round < 5; round++) {
      await Promise.all(clients.map((client) => client.ask(get("/"))));
    }
    expect(origin.accepted).toBeLessThanOrEqual(8);
  });
});

describe("a client's own connections (http-reuse never)", () => {
  const never = "http-reuse never";

  test("are as many as five, each to its server, and end with the client", async () => {
    await using stage = new Stage();
    const origins = await Promise.all(Array.from({ length: 6 }, () => stage.origin()));
    const { port } = await simpleScene(stage, origins, {
      backend: [never, ...origins.map((_, i) => `use-server s${i + 1} if { path /${i} }`)],
    });
    const client = await stage.client(port);
    const servers = [];
    for (const [i, origin] of origins.entries()) {
      client.send(get(`/${i}`));
      const server = await origin.accept();
      await server.request();
      server.send(ok);
      await client.answer();
      servers.push(server);
    }
    // HAProxy keeps no sixth one.
    await servers[5]!.end();
    for (const [i, server] of servers.slice(0, 5).entries()) {
      await answered(client, server, `/${i}`);
    }
    client.close();
    for (const server of servers.slice(0, 5)) await server.end();
    expect(origins.map(({ accepted }) => accepted)).toEqual([1, 1, 1, 1, 1, 1]);
  });
});

describe("option prefer-last-server", () => {
  /** Origins that answered a client's requests, one after the other. */
  async function answeredBy(backend: readonly string[]): Promise<string> {
    await using stage = new Stage();
    const origins = await Promise.all(["a", "b"].map((name) => stage.origin(naming(name))));
    const { port } = await simpleScene(stage, origins, { backend });
    const client = await stage.client(port);
    let names = "";
    for (let i = 0; i < 4; i++) names += (await client.ask(get("/"))).body[0];
    return names;
  }
  const prefers = "option prefer-last-server";

  test("goes where the client has a connection of its own", async () => {
    expect(await answeredBy([prefers, "http-reuse never"])).toMatch(/^(aaaa|bbbb)$/);
  });

  test("is not needed where the server has authenticated the connection", async () => {
    await using stage = new Stage();
    const origins = await Promise.all([stage.origin(), stage.origin()]);
    const { port } = await simpleScene(stage, origins);
    const client = await stage.client(port);
    client.send(get("/1"));
    const server = await Promise.any(origins.map((origin) => origin.accept()));
    await server.request();
    server.send(
      "HTTP/1.1 401 No\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n",
    );
    await client.answer();
    await answered(client, server, "/2");
    await answered(client, server, "/3");
    expect(origins.map(({ accepted }) => accepted).sort()).toEqual([0, 1]);
  });

  test("decides nothing where connections are everybody's, or a hash leads the way", async () => {
    expect(await answeredBy([prefers])).toMatch(/^(abab|baba)$/);
    expect(await answeredBy(["http-reuse never"])).toMatch(/^(abab|baba)$/);
  });

  test("a rule that names a server comes first", async () => {
    const two = await answeredBy([
      prefers,
      "http-reuse never",
      "use-server s2 if { path / }",
    ]);
    expect(two).toBe("bbbb");
  });
});
