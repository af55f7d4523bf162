import { describe, expect, test } from "bun:test";
import { naming, type StoryOrigin } from "./stage/origin.ts";
import { simpleScene, Stage } from "./stage/stage.ts";

const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/** Who served each of `count` requests on one connection. */
async function served(stage: Stage, port: number, count: number): Promise<string> {
  const client = await stage.client(port);
  let names = "";
  for (let i = 0; i < count; i++) names += (await client.ask(get)).body[0];
  client.close();
  return names;
}

async function named(stage: Stage, names: string): Promise<StoryOrigin[]> {
  const origins: StoryOrigin[] = [];
  for (const name of names) origins.push(await stage.origin(naming(name)));
  return origins;
}

describe("balance", () => {
  test("roundrobin takes turns", async () => {
    await using stage = new Stage();
    const { port } = await simpleScene(stage, await named(stage, "abc"), {
      backend: ["balance roundrobin"],
    });
    expect(await served(stage, port, 9)).toBe("abcabcabc");
  });

  test("roundrobin gives turns by weight", async () => {
    await using stage = new Stage();
    const [a, b] = await named(stage, "ab");
    const { port } = await simpleScene(stage, [], {
      backend: [
        `server a 127.0.0.1:${a!.port} weight 3`,
        `server b 127.0.0.1:${b!.port} weight 1`,
      ],
    });
    const turns = await served(stage, port, 16);
    expect([...turns].sort().join("")).toBe("aaaaaaaaaaaabbbb");
  });

  test("weight 0 takes nothing", async () => {
    await using stage = new Stage();
    const [a, b] = await named(stage, "ab");
    const { port } = await simpleScene(stage, [], {
      backend: [`server a 127.0.0.1:${a!.port} weight 0`, `server b 127.0.0.1:${b!.port}`],
    });
    expect(await served(stage, port, 4)).toBe("bbbb");
  });

  test("leastconn goes where the fewest are", async () => {
    await using stage = new Stage();
    const slow = await stage.origin();
    const [quick] = await named(stage, "q");
    const { port } = await simpleScene(stage, [slow, quick!], { backend: ["balance leastconn"] });
    const waiting = await stage.client(port);
    waiting.send(get);
    const server = await slow.accept();
    await server.request();
    expect(await served(stage, port, 6)).toBe("qqqqqq");
    server.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow");
    expect((await waiting.answer()).body).toBe("slow");
  });

  test("source sends a client's connections to one server", async () => {
    await using stage = new Stage();
    const { port } = await simpleScene(stage, await named(stage, "abc"), {
      backend: ["balance source"],
    });
    const first = await served(stage, port, 3);
    expect(new Set(first).size).toBe(1);
    expect(await served(stage, port, 3)).toBe(first);
  });

  test("first fills one server before the next", async () => {
    await using stage = new Stage();
    const full = await stage.origin();
    const [next] = await named(stage, "n");
    const { port } = await simpleScene(stage, [full, next!], {
      backend: ["balance first"],
      server: "maxconn 1",
    });
    const waiting = await stage.client(port);
    waiting.send(get);
    const server = await full.accept();
    await server.request();
    expect(await served(stage, port, 3)).toBe("nnn");
    server.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfull");
    expect((await waiting.answer()).body).toBe("full");
  });

  test("a server that can't be reached is passed over with `option redispatch`, for all", async () => {
    await using stage = new Stage();
    const [a, b, c] = await named(stage, "abc");
    await b!.close();
    const { port } = await simpleScene(stage, [a!, b!, c!], {
      backend: ["balance roundrobin", "option redispatch 1"],
    });
    const names = await served(stage, port, 9);
    expect(names).not.toContain("b");
    expect(names).toContain("a");
    expect(names).toContain("c");
  });
});
