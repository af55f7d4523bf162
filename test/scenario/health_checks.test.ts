import { describe, expect, test } from "bun:test";
import { freePort } from "../support/free_port.ts";
import {
  installed,
  postgresAvailable,
  type RealServer,
  startNginx,
  startPostgres,
  startRedis,
} from "../support/real_server.ts";
import type { StoryGateway } from "./stage/gateway.ts";
import { Stage } from "./stage/stage.ts";

/** A gateway that checks one server; logs what each check found. */
async function checking(
  stage: Stage,
  server: { readonly port: number },
  lines: readonly string[],
  options = "",
): Promise<StoryGateway> {
  const text = `global
  log stdout format raw local0
defaults
  mode http
  log global
  option log-health-checks
  timeout connect 5s
  timeout client 5s
  timeout server 5s
  timeout check 5s
frontend fe
  bind 127.0.0.1:${await freePort()}
  default_backend be
backend be
  ${lines.join("\n  ")}
  server s 127.0.0.1:${server.port} check inter 2s ${options}
`;
  return await stage.gateway(text, { file: "haproxy.cfg" });
}

async function withServer(
  starting: Promise<RealServer>,
  story: (stage: Stage, server: RealServer) => Promise<void>,
): Promise<void> {
  const server = await starting;
  try {
    await using stage = new Stage();
    await story(stage, server);
  } finally {
    await server.stop();
  }
}

const redisRules = [
  "option tcp-check",
  "tcp-check connect",
  "tcp-check send PING\\r\\n",
  "tcp-check expect string +PONG",
  "tcp-check send info\\ replication\\r\\n",
  "tcp-check expect string role:master",
  "tcp-check send QUIT\\r\\n",
  "tcp-check expect string +OK",
];

describe.skipIf(installed("redis-server") === undefined)("checks of Redis", () => {
  test("find the master, by the rules of HAProxy's manual", () =>
    withServer(startRedis(), async (stage, redis) => {
      const gateway = await checking(stage, redis, redisRules);
      expect(await gateway.said("Health check for server be/s")).toContain(
        'succeeded, reason: Layer7 check passed, code: 0, info: "(tcp-check)"',
      );
    }));

  test("speak its protocol with `option redis-check`, and see it go and come", () =>
    withServer(startRedis(), async (stage, redis) => {
      const gateway = await checking(stage, redis, ["option redis-check"], "fall 1 rise 1");
      expect(await gateway.said("Health check for server be/s")).toContain(
        'succeeded, reason: Layer7 check passed, code: 0, info: "Redis server is ok"',
      );
      await redis.stop();
      expect(await gateway.said("Server be/s is DOWN")).toContain("Server be/s is DOWN");
    }));

  test("report what it answers instead", () =>
    withServer(startRedis("secret"), async (stage, redis) => {
      const rules = [
        "option tcp-check",
        "tcp-check send PING\\r\\n",
        "tcp-check expect string +PONG min-recv 1 error-status L7STS on-error " +
        "%[res.payload(0,0),cut_crlf]",
      ];
      const gateway = await checking(stage, redis, rules);
      expect(await gateway.said("Health check for server be/s")).toContain(
        'failed, reason: Layer7 wrong status, code: 0, info: "-NOAUTH Authentication required."',
      );
    }));
});

describe.skipIf(!postgresAvailable())("checks of PostgreSQL", () => {
  test(
    "know who may come and who may not",
    () =>
      withServer(startPostgres(), async (stage, postgres) => {
        const known = await checking(stage, postgres, ["option pgsql-check user postgres"]);
        expect(await known.said("Health check for server be/s")).toContain(
          'succeeded, reason: Layer7 check passed, code: 0, info: "PostgreSQL server is ok"',
        );
        const unknown = await checking(stage, postgres, ["option pgsql-check user nobody"]);
        expect(await unknown.said("Health check for server be/s")).toContain(
          'failed, reason: Layer7 invalid response, info: "FATAL"',
        );
      }),
    60_000,
  );
});

describe.skipIf(installed("nginx") === undefined)("checks of nginx", () => {
  test("ask several questions, each on a connection of its own", () =>
    withServer(startNginx({ a: "first", b: "second" }), async (stage, nginx) => {
      const rules = [
        "option httpchk",
        "http-check connect",
        "http-check send meth GET uri /a ver HTTP/1.1 hdr host a",
        "http-check expect hdr name x-role value leader",
        "http-check expect string first",
        "http-check set-var(check.port) dst_port",
        `http-check connect port ${nginx.port} linger`,
        "http-check send meth GET uri /b",
        "http-check expect string second comment behind on-success both",
      ];
      const gateway = await checking(stage, nginx, rules);
      expect(await gateway.said("Health check for server be/s")).toContain(
        'succeeded, reason: Layer7 check passed, code: 200, info: "both"',
      );
    }));
});

describe("checks on connections that break", () => {
  test("take an answer that comes byte by byte", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const rules = ["option tcp-check", "tcp-check expect binary 2b4f4b0d"];
    const gateway = await checking(stage, origin, rules);
    const server = await origin.accept();
    await server.sendApart("+OK\r");
    expect(await gateway.said("Health check for server be/s")).toContain(" succeeded,");
  });

  test("keep no more of an answer than a buffer, and judge that", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const rules = ["option tcp-check", "tcp-check expect string never"];
    const gateway = await checking(stage, origin, rules);
    (await origin.accept()).send("x".repeat(20_000));
    expect(await gateway.said("Health check for server be/s")).toContain(
      "failed, reason: Layer7 invalid response, info: " +
        `"TCPCHK did not match content 'never' at step 1"`,
    );
  });

  for (const linger of ["", " linger"]) {
    test(`leave no connection behind${linger && ", with linger"}`, async () => {
      await using stage = new Stage();
      const origin = await stage.origin();
      const rules = ["option tcp-check", `tcp-check connect${linger}`, "tcp-check send hello"];
      const gateway = await checking(stage, origin, rules);
      expect(await gateway.said("Health check for server be/s")).toContain(" succeeded,");
      const server = await origin.accept();
      await server.end();
      expect(server.finished).toBe(linger ? "ended" : "reset");
    });
  }
});
