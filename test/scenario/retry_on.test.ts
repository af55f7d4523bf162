import { describe, expect, test } from "bun:test";
import { logged } from "./stage/log_line.ts";
import { naming } from "./stage/origin.ts";
import { simpleScene, Stage } from "./stage/stage.ts";

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const unavailable = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy";
const post = "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody";

describe("retry-on sends the same request again after", () => {
  test.each([
    ["empty-response", ""],
    ["junk-response", "rubbish\r\n\r\n"],
    ["response-timeout", undefined],
    ["503", unavailable],
    ["all-retryable-errors", unavailable],
  ])("%s", async (event, answer) => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { gateway, port } = await simpleScene(stage, [origin], {
      backend: [`retry-on ${event}`, "timeout server 500ms"],
    });
    const client = await stage.client(port);
    client.send(post);
    const first = await origin.accept();
    const asked = await first.request();
    if (answer !== undefined) first.send(answer).halfClose();
    const second = await origin.accept();
    expect(await second.request()).toEqual(asked);
    second.send(ok);
    expect((await client.answer()).body).toBe("ok");
    expect(await logged(gateway, "POST /1 ")).toMatchObject(
      { by: "be/s1", status: 200, flags: "--", retries: "1" },
    );
    await first.end();
  });

  test("as often as `retries` says; then the answer is the client's", async () => {
    await using stage = new Stage();
    let asked = 0;
    const origin = await stage.origin(async (peer) => {
      await peer.request();
      asked++;
      peer.send(unavailable);
    });
    const { gateway, port } = await simpleScene(stage, [origin], {
      backend: ["retry-on 503", "retries 2"],
    });
    const client = await stage.client(port);
    expect((await client.ask(post)).body).toBe("busy");
    expect(asked).toBe(3);
    expect(await logged(gateway, "POST /1 ")).toMatchObject(
      { by: "be/s1", status: 503, flags: "--", retries: "2" },
    );
  });

  test("at another server with `option redispatch`", async () => {
    await using stage = new Stage();
    const busy = await stage.origin(async (peer) => {
      await peer.request();
      peer.send(unavailable);
    });
    const well = await stage.origin(naming("well"));
    const { gateway, port } = await simpleScene(stage, [busy, well], {
      backend: ["retry-on 503", "option redispatch 1"],
    });
    const client = await stage.client(port);
    expect((await client.ask(post)).body).toBe("well POST /1 HTTP/1.1 body");
    expect(await logged(gateway, "POST /1 ")).toMatchObject(
      { by: "be/s2", status: 200, retries: "+1" },
    );
  });
});

describe("retry-on leaves a request alone", () => {
  test.each([
    ["after what it does not name", "retry-on 500", ""],
    ["by `none`", "retry-on none", ""],
    ["by default", "retries 3", ""],
    ["where a rule says so", "retry-on 503", "http-request disable-l7-retry"],
  ])("%s", async (_what, line, rule) => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { gateway, port } = await simpleScene(stage, [origin], {
      backend: [line],
      frontend: rule === "" ? [] : [rule],
    });
    const client = await stage.client(port);
    client.send(post);
    const server = await origin.accept();
    await server.request();
    server.send(unavailable);
    expect((await client.answer()).body).toBe("busy");
    expect(await logged(gateway, "POST /1 ")).toMatchObject({ status: 503, retries: "0" });
    expect(origin.accepted).toBe(1);
  });

  test("whose body is not here as a whole when it is sent", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { port } = await simpleScene(stage, [origin], { backend: ["retry-on 503"] });
    const client = await stage.client(port);
    client.send(post.slice(0, -2));
    const server = await origin.accept();
    await server.until("bo");
    client.send("dy");
    await server.until("dy");
    server.send(unavailable);
    expect((await client.answer()).body).toBe("busy");
    expect(origin.accepted).toBe(1);
  });

  test("that has had the head of an answer", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { gateway, port } = await simpleScene(stage, [origin], {
      backend: ["retry-on all-retryable-errors"],
    });
    const client = await stage.client(port);
    client.send(post);
    const server = await origin.accept();
    await server.request();
    server.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfour").halfClose();
    expect(await client.end()).toEndWith("\r\n\r\nfour");
    expect(await logged(gateway, "POST /1 ")).toMatchObject({ status: 200, flags: "SD" });
    expect(origin.accepted).toBe(1);
  });
});
