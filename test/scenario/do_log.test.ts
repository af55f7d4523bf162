import { expect, test } from "bun:test";
import { freePort } from "../support/free_port.ts";
import { naming } from "./stage/origin.ts";
import { section, simpleScene, Stage } from "./stage/stage.ts";

/** The lines that came of a format that begins with `line`, without what each of them says of time. */
function linesOf(output: string): string[] {
  return output.split("\n").filter((line) => line.startsWith("line "));
}

test("do-log logs at each step of an exchange what is known by then, and the end is logged too", async () => {
  await using stage = new Stage();
  const { gateway, port } = await simpleScene(stage, [await stage.origin(naming("o"))], {
    frontend: [
      'log-format "line %[var(txn.step)] %b/%s %ST %HM %HU %tsc"',
      "tcp-request connection do-log",
      "tcp-request session do-log",
      "tcp-request content set-var(txn.step) str(tcp)",
      "tcp-request content do-log",
      "http-request set-var(txn.step) str(request)",
      "http-request do-log unless { path /none }",
      "http-response set-var(txn.step) str(response)",
      "http-response do-log",
      "http-after-response set-var(txn.step) str(after)",
      "http-after-response do-log",
      "http-after-response set-var(txn.step) str(end)",
    ],
    backend: ["tcp-response content do-log"],
  });
  const client = await stage.client(port);
  expect((await client.ask("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")).body).toStartWith("o GET /a");
  await gateway.said("line end");
  expect(linesOf(gateway.output)).toEqual([
    "line - fe/<NOSRV> -1 <BADREQ> <BADREQ> ----",
    "line - fe/<NOSRV> -1 <BADREQ> <BADREQ> ----",
    "line tcp fe/<NOSRV> -1 <BADREQ> <BADREQ> ----",
    "line request fe/<NOSRV> -1 GET /a ----",
    "line request be/s1 200 GET /a ----",
    "line response be/s1 200 GET /a ----",
    "line after be/s1 200 GET /a ----",
    "line end be/s1 200 GET /a ----",
  ]);
});

test("do-log obeys set-log-level and not what keeps an ordinary end from being logged", async () => {
  await using stage = new Stage();
  const { gateway, port } = await simpleScene(stage, [await stage.origin(naming("o"))], {
    frontend: [
      'log-format "line %HU"',
      "option dontlog-normal",
      "http-request set-log-level silent if { path /silent }",
      "http-request do-log",
    ],
  });
  const client = await stage.client(port);
  for (const path of ["/a", "/silent", "/b"]) {
    await client.ask(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  }
  await gateway.said("line /b");
  expect(linesOf(gateway.output)).toEqual(["line /a", "line /b"]);
});

test("do-log logs what a TCP connection has come to, in both directions", async () => {
  await using stage = new Stage();
  const origin = await stage.origin();
  const port = await freePort();
  const gateway = await stage.gateway(
    section("global", ["log stdout format raw local0"]) +
      section("defaults", ["timeout connect 5s", "timeout client 30s", "timeout server 30s"]) +
      section("listen l", [
        `bind 127.0.0.1:${port}`,
        "log global",
        'log-format "line %b/%s %U %B %ts"',
        "tcp-request inspect-delay 20s",
        "tcp-request content do-log if { req.len gt 2 }",
        "tcp-response inspect-delay 20s",
        "tcp-response content do-log if { res.len gt 3 }",
        `server s 127.0.0.1:${origin.port}`,
      ]),
  );
  const client = await stage.client(port);
  client.send("abc");
  const server = await origin.accept();
  expect(await server.bytes(3)).toBe("abc");
  server.send("defg");
  expect(await client.bytes(4)).toBe("defg");
  await gateway.said("line ", 2);
  expect(linesOf(gateway.output)).toEqual(["line l/<NOSRV> 3 0 --", "line l/s 3 4 --"]);
});
