import { describe, expect, test } from "bun:test";
import { freePort } from "../support/free_port.ts";
import { DeafPort } from "./stage/deaf_port.ts";
import { logged } from "./stage/log_line.ts";
import { naming } from "./stage/origin.ts";
import { simpleScene, Stage } from "./stage/stage.ts";

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
/** Also the pause between two tries at the same server. */
const soon = "timeout connect 50ms";

describe("an origin that is down", () => {
  test("is tried three times more, then the client gets 503 and keeps its connection", async () => {
    await using stage = new Stage();
    const nobody = { port: await freePort() };
    const { gateway, port } = await simpleScene(stage, [nobody], { backend: [soon] });
    const client = await stage.client(port);
    expect((await client.ask(get("/1"))).start).toBe("HTTP/1.1 503 Service Unavailable");
    expect(await logged(gateway, "GET /1 ")).toMatchObject(
      { by: "be/s1", status: 503, flags: "SC", retries: "3" },
    );
    expect((await client.ask(get("/2"))).start).toBe("HTTP/1.1 503 Service Unavailable");
  });

  test("is tried once with `retries 0`", async () => {
    await using stage = new Stage();
    const nobody = { port: await freePort() };
    const { gateway, port } = await simpleScene(stage, [nobody], { backend: [soon, "retries 0"] });
    const client = await stage.client(port);
    expect((await client.ask(get("/1"))).start).toBe("HTTP/1.1 503 Service Unavailable");
    expect(await logged(gateway, "GET /1 ")).toMatchObject(
      { by: "be/s1", status: 503, flags: "SC", retries: "0" },
    );
  });

  test("is served by when it comes back between two tries", async () => {
    await using stage = new Stage();
    const origin = await stage.origin(naming("back"));
    await origin.close();
    const { gateway, port } = await simpleScene(stage, [origin], {
      backend: ["timeout connect 1s"],
    });
    const client = await stage.client(port);
    client.send(get("/1"));
    await origin.listen();
    expect((await client.answer()).body).toStartWith("back ");
    expect(await logged(gateway, "GET /1 ")).toMatchObject({ status: 200, flags: "--" });
  });

  test("is left for another server with `option redispatch`, and the log has a plus", async () => {
    await using stage = new Stage();
    const nobody = { port: await freePort() };
    const well = await stage.origin(naming("well"));
    const { gateway, port } = await simpleScene(stage, [nobody, well], {
      backend: [soon, "option redispatch"],
    });
    const client = await stage.client(port);
    expect((await client.ask(get("/1"))).body).toStartWith("well ");
    expect(await logged(gateway, "GET /1 ")).toMatchObject(
      { by: "be/s2", status: 200, flags: "--", retries: "+1" },
    );
  });

  test("is not left without it", async () => {
    await using stage = new Stage();
    const nobody = { port: await freePort() };
    const well = await stage.origin(naming("well"));
    const { gateway, port } = await simpleScene(stage, [nobody, well], {
      backend: [soon, "no option redispatch"],
    });
    const client = await stage.client(port);
    expect((await client.ask(get("/1"))).start).toBe("HTTP/1.1 503 Service Unavailable");
    expect(await logged(gateway, "GET /1 ")).toMatchObject({ by: "be/s1", retries: "3" });
    expect((await client.ask(get("/2"))).body).toStartWith("well ");
  });

  test("and does not even refuse: 503 when `timeout connect` has passed, each time", async () => {
    await using stage = new Stage();
    const deaf = await DeafPort.open();
    try {
      const { gateway, port } = await simpleScene(stage, [deaf], { backend: [soon, "retries 1"] });
      const client = await stage.client(port);
      expect((await client.ask(get("/1"))).start).toBe("HTTP/1.1 503 Service Unavailable");
      expect(await logged(gateway, "GET /1 ")).toMatchObject(
        { by: "be/s1", status: 503, flags: "sC", retries: "1" },
      );
    } finally {
      deaf.close();
    }
  });

  // The runtime cannot take back an attempt: each one once kept its socket for two minutes.
  test("costs no descriptors, however often it is tried", async () => {
    await using stage = new Stage();
    const deaf = await DeafPort.open();
    try {
      const { gateway, port } = await simpleScene(stage, [deaf], { backend: [soon, "retries 1"] });
      const client = await stage.client(port);
      await client.ask(get("/first"));
      const before = gateway.descriptors();
      for (let i = 0; i < 10; i++) await client.ask(get(`/${i}`));
      expect(gateway.descriptors()).toBeLessThanOrEqual(before + 1);
    } finally {
      deaf.close();
    }
  });

  test("and serves again once it accepts", async () => {
    await using stage = new Stage();
    const deaf = await DeafPort.open();
    const { gateway, port } = await simpleScene(stage, [deaf], { backend: [soon, "retries 0"] });
    const client = await stage.client(port);
    await client.ask(get("/1"));
    await client.ask(get("/2"));
    deaf.close();
    const origin = await stage.origin(naming("well"), deaf.port);
    expect((await client.ask(get("/3"))).body).toStartWith("well ");
    expect((await client.ask(get("/4"))).body).toStartWith("well ");
    expect(await logged(gateway, "GET /4 ")).toMatchObject({ status: 200, flags: "--" });
    expect(origin.accepted).toBe(1);
  });

  test("and a client that leaves meanwhile is logged as such", async () => {
    await using stage = new Stage();
    const deaf = await DeafPort.open();
    try {
      const { gateway, port } = await simpleScene(stage, [deaf], {
        defaults: ["option abortonclose"],
      });
      const client = await stage.client(port);
      client.send(get("/1")).halfClose();
      expect(await client.end()).toBe("");
      expect(await logged(gateway, "GET /1 ")).toMatchObject(
        { by: "be/s1", status: -1, flags: "CC", retries: "0" },
      );
    } finally {
      deaf.close();
    }
  });
});

/** What an origin sends before it is gone, and what becomes of it. */
interface Cut {
  readonly what: string;
  readonly sends: string;
  readonly leaves: "close" | "reset";
  readonly status: number;
  readonly flags: string;
  /** All that the client receives, but for the fields of error pages. */
  readonly client: string;
}

const plain = "HTTP/1.1 200 OK\r\n";
const bad = "HTTP/1.1 502 Bad Gateway\r\n";

const cuts: readonly Cut[] = [
  { what: "before it answers", sends: "", leaves: "close", status: 502, flags: "SH", client: bad },
  { what: "by a reset", sends: "", leaves: "reset", status: 502, flags: "SH", client: bad },
  {
    what: "inside its head",
    sends: plain + "Content-Le",
    leaves: "close",
    status: 502,
    flags: "SH",
    client: bad,
  },
  {
    what: "inside a body of a length",
    sends: plain + "Content-Length: 9\r\n\r\nfour",
    leaves: "close",
    status: 200,
    flags: "SD",
    client: plain + "Content-Length: 9\r\n\r\nfour",
  },
  {
    what: "inside a body of a length by a reset",
    sends: plain + "Content-Length: 9\r\n\r\nfour",
    leaves: "reset",
    status: 200,
    flags: "SD",
    client: plain + "Content-Length: 9\r\n\r\nfour",
  },
  {
    what: "inside a chunk",
    sends: plain + "Transfer-Encoding: chunked\r\n\r\n9\r\nfour",
    leaves: "close",
    status: 200,
    flags: "SD",
    client: plain + "Transfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n",
  },
  {
    what: "between two chunks",
    sends: plain + "Transfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n",
    leaves: "close",
    status: 200,
    flags: "SD",
    client: plain + "Transfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n",
  },
  {
    what: "behind a body without a length, which is its end",
    sends: plain + "\r\nfour",
    leaves: "close",
    status: 200,
    flags: "--",
    client: plain + "Connection: close\r\n\r\nfour",
  },
  {
    what: "behind a body without a length by a reset",
    sends: plain + "\r\nfour",
    leaves: "reset",
    status: 200,
    flags: "SD",
    client: plain + "Connection: close\r\n\r\nfour",
  },
];

describe("an origin that goes away", () => {
  test.each(cuts)("$what: $status $flags", async (cut) => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { gateway, port } = await simpleScene(stage, [origin]);
    const other = await stage.client(port);
    other.send(get("/other"));
    const served = await origin.accept();
    await served.request();
    const client = await stage.client(port);
    client.send(get("/cut"));
    const server = await origin.accept();
    await server.request();
    server.send(cut.sends);
    if (cut.client !== bad) await client.until("four");
    if (cut.leaves === "reset") server.reset();
    else server.halfClose();
    const { by, status, flags } = await logged(gateway, "GET /cut ");
    expect({ by, status, flags }).toEqual({ by: "be/s1", status: cut.status, flags: cut.flags });
    if (cut.client === bad) expect((await client.answer()).start + "\r\n").toBe(bad);
    else await client.end();
    served.send(plain + "Content-Length: 2\r\n\r\nok");
    expect((await other.answer()).body).toBe("ok");
  });
});
