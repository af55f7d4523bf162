import { describe, expect, test } from "bun:test";
import type { StoryGateway } from "./stage/gateway.ts";
import { naming } from "./stage/origin.ts";
import type { Peer } from "./stage/peer.ts";
import { simpleScene, Stage } from "./stage/stage.ts";

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
/** The interval bounds a check, too. */
const quick = "check inter 500ms fastinter 50ms downinter 50ms rise 1 fall 1";
const patient = "timeout check 10s";

/** Answers checks by a line that may be changed at any time; everything else by its name. */
class Checked {
  status = "200 OK";
  body = "";
  constructor(readonly name: string) {}

  readonly serve = async (peer: Peer): Promise<void> => {
    for (;;) {
      const { start } = await peer.request();
      const check = start.startsWith("OPTIONS ") || start.includes("/health");
      const body = check ? this.body : this.name;
      const status = check ? this.status : "200 OK";
      peer.send(`HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    }
  };
}

async function nameOf(client: Peer): Promise<string> {
  return (await client.ask(get("/"))).body.split(" ")[0]!;
}

/** The line as HAProxy writes it, without the times that vary. */
async function line(gateway: StoryGateway, text: string, times = 1): Promise<string> {
  const said = await gateway.said(text, times);
  return said.slice(said.indexOf("Server ")).replace(
    /check duration: \d+ms/,
    "check duration: Nms",
  );
}

describe("a server that is checked", () => {
  test("goes down when nobody listens, and comes back", async () => {
    await using stage = new Stage();
    const origin = await stage.origin(naming("a"));
    const { gateway, port } = await simpleScene(stage, [origin], { server: quick });
    const client = await stage.client(port);
    expect(await nameOf(client)).toBe("a");
    await origin.close();
    // One that the listener's end catches half open is reset.
    expect(await line(gateway, "Server be/s1 is DOWN")).toMatch(
      new RegExp(
        "^Server be/s1 is DOWN, reason: Layer4 connection problem, " +
          'info: "Connection (refused|reset by peer)", check duration: Nms[.] 0 active and ' +
          "0 backup servers left[.] 0 sessions active, 0 requeued, 0 remaining in queue[.]$",
      ),
    );
    await gateway.said("backend be has no server available!");
    const other = await stage.client(port);
    expect((await other.ask(get("/"))).start).toBe("HTTP/1.1 503 Service Unavailable");
    expect(await gateway.said(" SC-- ")).toContain(" be/<NOSRV> ");
    await origin.listen();
    expect(await line(gateway, "Server be/s1 is UP")).toBe(
      "Server be/s1 is UP, reason: Layer4 check passed, check duration: Nms. " +
        "1 active and 0 backup servers online. 0 sessions requeued, 0 total in queue.",
    );
    expect(await nameOf(other)).toBe("a");
  });

  test("by `option httpchk` needs 2xx or 3xx", async () => {
    await using stage = new Stage();
    const checked = new Checked("a");
    const origin = await stage.origin(checked.serve);
    const { gateway, port } = await simpleScene(stage, [origin], {
      server: quick,
      backend: ["option httpchk", patient],
    });
    const client = await stage.client(port);
    expect(await nameOf(client)).toBe("a");
    checked.status = "500 Internal Server Error";
    expect(await line(gateway, "Server be/s1 is DOWN")).toStartWith(
      'Server be/s1 is DOWN, reason: Layer7 wrong status, code: 500, info: "Internal Server Error"' +
        ", check duration: Nms. 0 active and 0 backup servers left.",
    );
    checked.status = "302 Found";
    expect(await line(gateway, "Server be/s1 is UP")).toStartWith(
      "Server be/s1 is UP, reason: Layer7 check passed, code: 302, check duration: Nms. " +
        "1 active and 0 backup servers online.",
    );
  });

  test("by `http-check expect` needs what that says", async () => {
    await using stage = new Stage();
    const checked = new Checked("a");
    checked.body = "all is well";
    const origin = await stage.origin(checked.serve);
    const { gateway } = await simpleScene(stage, [origin], {
      server: quick,
      backend: ["option httpchk GET /health", "http-check expect string well", patient],
    });
    checked.body = "all is lost";
    expect(await line(gateway, "Server be/s1 is DOWN")).toContain(
      'reason: Layer7 invalid response, info: "HTTP content check did not match", ',
    );
    checked.body = "well again";
    expect(await line(gateway, "Server be/s1 is UP")).toContain(
      "reason: Layer7 check passed, code: 200, ",
    );
  });

  test("is as slow as `timeout check` allows", async () => {
    await using stage = new Stage();
    const origin = await stage.origin(() => {});
    const { gateway } = await simpleScene(stage, [origin], {
      server: quick,
      backend: ["option httpchk", "timeout check 100ms"],
    });
    expect(await line(gateway, "Server be/s1 is DOWN")).toContain("reason: Layer7 timeout, ");
  });

  test("tells of each check with `option log-health-checks`", async () => {
    await using stage = new Stage();
    const origin = await stage.origin(naming("a"));
    const { gateway } = await simpleScene(stage, [origin], {
      server: "check inter 500ms fastinter 50ms downinter 50ms rise 2 fall 2",
      backend: ["option log-health-checks"],
    });
    const passed = "Health check for server be/s1 succeeded, reason: Layer4 check passed, ";
    const failed = "Health check for server be/s1 failed, reason: Layer4 connection problem, ";
    await gateway.said(passed);
    await origin.close();
    expect(await gateway.said("status: 1/2 UP.")).toContain(failed);
    expect(await gateway.said("status: 0/2 DOWN.")).toContain(failed);
    await gateway.said("Server be/s1 is DOWN");
    await origin.listen();
    expect(await gateway.said("status: 1/2 DOWN.")).toContain(passed);
    expect(await gateway.said("Server be/s1 is UP")).toContain("1 active and 0 backup servers");
  });

  test("and learns from its traffic with `observe layer7`", async () => {
    await using stage = new Stage();
    const broken = await stage.origin(async (peer) => {
      for (;;) {
        await peer.request();
        peer.send("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
      }
    });
    const { gateway, port } = await simpleScene(stage, [broken], {
      server: "check inter 1h observe layer7 error-limit 3 on-error mark-down",
    });
    const client = await stage.client(port);
    for (let i = 0; i < 3; i++) {
      expect((await client.ask(get("/"))).start).toBe("HTTP/1.1 500 Internal Server Error");
    }
    expect(await line(gateway, "Server be/s1 is DOWN")).toStartWith(
      'Server be/s1 is DOWN, reason: Health analyze, info: "Detected 3 consecutive errors, ' +
        'last one was: Wrong http response". 0 active and 0 backup servers left.',
    );
    expect((await client.ask(get("/"))).start).toBe("HTTP/1.1 503 Service Unavailable");
  });
});

describe("a backup server", () => {
  test("serves while no other is up, and only then", async () => {
    await using stage = new Stage();
    const main = await stage.origin(naming("main"));
    const spare = await stage.origin(naming("spare"));
    const { gateway, port } = await simpleScene(stage, [main], {
      server: quick,
      backend: [`server b1 127.0.0.1:${spare.port} backup`],
    });
    expect(await nameOf(await stage.client(port))).toBe("main");
    await main.close();
    expect(await line(gateway, "Server be/s1 is DOWN")).toContain(
      ". 0 active and 1 backup servers left. Running on backup. 0 sessions active, ",
    );
    expect(await nameOf(await stage.client(port))).toBe("spare");
    await main.listen();
    await gateway.said("Server be/s1 is UP");
    expect(await nameOf(await stage.client(port))).toBe("main");
  });
});
