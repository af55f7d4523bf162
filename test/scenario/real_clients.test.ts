import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { freePort } from "../support/free_port.ts";
import { naming } from "./stage/origin.ts";
import { missingPrograms, Program, programPath, run } from "./stage/program.ts";
import { Stage } from "./stage/stage.ts";

setDefaultTimeout(60_000);

/** A haproxy.cfg whose log goes to standard output. */
function configuration(...lines: readonly string[]): string {
  return [
    "global",
    "  log stdout format raw local0",
    "defaults",
    "  log global",
    "  timeout connect 5s",
    "  timeout client 30s",
    "  timeout server 30s",
    ...lines,
    "",
  ].join("\n");
}

const asHaproxy = { file: "haproxy.cfg" } as const;

/** A gateway with one `listen` in front of one port. */
async function plainly(stage: Stage, mode: "tcp" | "http", to: number, ...lines: string[]) {
  const port = await freePort();
  await stage.gateway(
    configuration(
      "listen it",
      `  mode ${mode}`,
      `  bind 127.0.0.1:${port}`,
      ...lines.map((line) => `  ${line}`),
      `  server s 127.0.0.1:${to}`,
    ),
    asHaproxy,
  );
  return port;
}

/** A folder that is gone when the story is over. */
function scratch(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "sluice-clients-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

async function certificate(folder: string, name: string): Promise<{ cert: string; key: string }> {
  const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  const { code, errors } = await run([
    ...["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
    ...["-nodes", "-days", "2", "-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`],
    ...["-out", cert, "-keyout", key],
  ]);
  if (code !== 0) throw new Error(errors);
  return { cert, key };
}

const curl = missingPrograms("curl");

test.skipIf(curl !== "")(`curl asks, uploads and keeps its connection${curl}`, async () => {
  await using stage = new Stage();
  const origin = await stage.origin(naming("o"));
  for (const mode of ["http", "tcp"] as const) {
    const port = await plainly(stage, mode, origin.port);
    const at = `http://127.0.0.1:${port}`;
    const { output } = await run(
      [
        "curl",
        "-sS",
        "-w",
        "%{num_connects}\n",
        `${at}/a`,
        "--next",
        "-sS",
        "-d",
        "body",
        `${at}/b`,
      ],
    );
    expect(output).toBe("o GET /a HTTP/1.1 1\no POST /b HTTP/1.1 body");
    const size = 1_000_000;
    const upload = await run(
      ["curl", "-sS", "-H", "Expect: 100-continue", "--data-binary", "@-", `${at}/up`],
      "x".repeat(size),
    );
    expect(upload.output.length).toBe("o POST /up HTTP/1.1 ".length + size);
  }
});

test.skipIf(curl !== "")(`curl's own PROXY header is taken${curl}`, async () => {
  await using stage = new Stage();
  const port = await freePort();
  await stage.gateway(
    configuration(
      "frontend fe",
      "  mode http",
      `  bind 127.0.0.1:${port} accept-proxy`,
      '  http-request return status 200 content-type text/plain lf-string "%[src] %[fc_rcvd_proxy]"',
    ),
    asHaproxy,
  );
  const { output } = await run(["curl", "-sS", "--haproxy-protocol", `http://127.0.0.1:${port}/`]);
  expect(output).toBe("127.0.0.1 1");
});

const openssl = missingPrograms("openssl", "curl");

test.skipIf(openssl !== "")(`openssl and curl reach TLS servers by SNI${openssl}`, async () => {
  await using stage = new Stage();
  using folder = scratch();
  const names = ["a.example", "b.example"];
  await using servers = new AsyncDisposableStack();
  const ports: number[] = [];
  for (const name of names) {
    const { cert, key } = await certificate(folder.path, name);
    const port = await freePort();
    const command = ["openssl", "s_server", "-accept", `127.0.0.1:${port}`, "-www", "-quiet"];
    servers.use(await Program.serving(port, [...command, "-cert", cert, "-key", key]));
    ports.push(port);
  }
  const origin = await stage.origin(naming("plain"));
  const port = await freePort();
  await stage.gateway(
    configuration(
      "frontend fe",
      "  mode tcp",
      `  bind 127.0.0.1:${port}`,
      "  tcp-request inspect-delay 20s",
      "  tcp-request content accept if { req.ssl_hello_type 1 }",
      "  tcp-request content accept if HTTP",
      "  use_backend a if { req.ssl_sni a.example }",
      "  use_backend b if { req.ssl_sni b.example }",
      "  use_backend plain if HTTP",
      ...names.map((name, n) => `backend ${name[0]}\n  server s 127.0.0.1:${ports[n]}`),
      `backend plain\n  server s 127.0.0.1:${origin.port}`,
    ),
    asHaproxy,
  );
  for (const name of names) {
    const trust = join(folder.path, `${name}.pem`);
    const { output, code } = await run(
      [
        ...["openssl", "s_client", "-connect", `127.0.0.1:${port}`, "-servername", name],
        ...["-CAfile", trust, "-verify_return_error", "-verify_hostname", name, "-ign_eof"],
      ],
      "GET / HTTP/1.0\r\n\r\n",
    );
    expect(code).toBe(0);
    expect(output).toContain(`subject=CN = ${name}`);
    expect(output).toContain("HTTP/1.0 200 ok");
    const page = await run([
      ...["curl", "-sS", "--cacert", trust, "--resolve", `${name}:${port}:127.0.0.1`],
      `https://${name}:${port}/`,
    ]);
    expect(page.errors).toBe("");
    expect(page.output).toContain("s_server");
  }
  // A name that nobody has goes nowhere; HTTP on the same port goes to its own server.
  const nobody = await run(
    ["openssl", "s_client", "-connect", `127.0.0.1:${port}`, "-servername", "c.example"],
  );
  expect(nobody.code).toBe(1);
  const plain = await run(["curl", "-sS", `http://127.0.0.1:${port}/x`]);
  expect(plain.output).toBe("plain GET /x HTTP/1.1 ");
});

for (const mode of ["http", "tcp"] as const) {
  test(`a WebSocket client talks through mode ${mode}`, async () => {
    await using stage = new Stage();
    await using server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: (request, upgrader) =>
        upgrader.upgrade(request) ? undefined : new Response("no", { status: 400 }),
      websocket: { message: (socket, message) => void socket.send(message) },
    });
    const port = await plainly(stage, mode, server.port!);
    const socket = new WebSocket(`ws://127.0.0.1:${port}/chat`);
    const got: string[] = [];
    const closed = new Promise<number>((resolve) => {
      socket.onclose = ({ code }) => resolve(code);
    });
    await new Promise<void>((resolve, reject) => {
      socket.onerror = () => reject(new Error("The WebSocket failed"));
      socket.onopen = () => ["one", "two", "x".repeat(100_000)].forEach((one) => socket.send(one));
      socket.onmessage = ({ data }) => {
        got.push(data);
        if (got.length === 3) resolve();
      };
    });
    socket.close(1000);
    expect(got).toEqual(["one", "two", "x".repeat(100_000)]);
    expect(await closed).toBe(1000);
  });
}

const socat = missingPrograms("socat");

test.skipIf(socat !== "")(`socat sends, half-closes and gets its answer${socat}`, async () => {
  await using stage = new Stage();
  const to = await freePort();
  // The count comes when the end of the input does.
  const listening = `TCP-LISTEN:${to},bind=127.0.0.1,fork,reuseaddr`;
  await using _server = await Program.serving(to, ["socat", listening, "SYSTEM:wc -c"]);
  const port = await plainly(stage, "tcp", to);
  const { output } = await run(
    ["socat", "-t20", "-", `TCP:127.0.0.1:${port}`],
    "x".repeat(3_000_000),
  );
  expect(output.trim()).toBe("3000000");
});

const ssh = missingPrograms("sshd", "ssh", "ssh-keygen") ||
  (process.getuid?.() === 0 ? "" : " (skipped: sshd for one's own user takes root here)");

test.skipIf(ssh !== "")(`ssh runs a command and copies through mode tcp${ssh}`, async () => {
  await using stage = new Stage();
  using folder = scratch();
  const key = async (name: string): Promise<string> => {
    const path = join(folder.path, name);
    await run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path]);
    return path;
  };
  const [host, user] = [await key("host"), await key("user")];
  const to = await freePort();
  const file = join(folder.path, "sshd_config");
  writeFileSync(
    file,
    [
      `ListenAddress 127.0.0.1:${to}`,
      `HostKey ${host}`,
      `AuthorizedKeysFile ${user}.pub`,
      "PidFile none",
      "StrictModes no",
      "PermitRootLogin prohibit-password",
      "PasswordAuthentication no",
      "UsePAM no",
    ].join("\n") + "\n",
  );
  mkdirSync("/run/sshd", { recursive: true });
  await using _server = await Program.serving(to, [programPath("sshd")!, "-D", "-e", "-f", file]);
  const port = await plainly(stage, "tcp", to, "option tcplog", "timeout tunnel 1m");
  const client = [
    ...["ssh", "-F", "none", "-i", user, "-p", String(port), "-o", "BatchMode=yes"],
    ...["-o", "StrictHostKeyChecking=no", "-o", `UserKnownHostsFile=${folder.path}/known`],
    "root@127.0.0.1",
  ];
  const hello = await run([...client, "echo through; exit 7"]);
  expect(hello).toMatchObject({ code: 7, output: "through\n" });
  const copied = await run([...client, "cat | wc -c"], "y".repeat(2_000_000));
  expect(copied.output.trim()).toBe("2000000");
});

const redis = missingPrograms("redis-server", "redis-cli");

test.skipIf(redis !== "")(
  `redis-cli is led to the Redis that answers its check${redis}`,
  async () => {
    await using stage = new Stage();
    const start = async (port: number, ...more: string[]): Promise<Program> =>
      await Program.serving(port, [
        ...["redis-server", "--port", String(port), "--bind", "127.0.0.1", "--save", ""],
        ...more,
      ]);
    const [first, second, port] = [await freePort(), await freePort(), await freePort()];
    // The first one wants a password before it says PONG.
    await using _first = await start(first, "--requirepass", "secret");
    await using _second = await start(second);
    const gateway = await stage.gateway(
      configuration(
        "listen cache",
        "  mode tcp",
        `  bind 127.0.0.1:${port}`,
        "  option tcp-check",
        "  tcp-check send PING\\r\\n",
        "  tcp-check expect string +PONG",
        "  balance first",
        "  default-server check inter 100ms fall 1 rise 1",
        `  server one 127.0.0.1:${first}`,
        `  server two 127.0.0.1:${second}`,
      ),
      asHaproxy,
    );
    await gateway.said("Server cache/one is DOWN");
    const cli = (...words: string[]) => run(["redis-cli", "-p", String(port), ...words]);
    expect((await cli("SET", "a", "1")).output).toBe("OK\n");
    const value = "v".repeat(500_000);
    const set = await run(["redis-cli", "-p", String(port), "-x", "SET", "big"], value);
    expect(set.output).toBe("OK\n");
    expect((await cli("GET", "big")).output).toBe(value + "\n");
    const direct = await run(["redis-cli", "-p", String(second), "GET", "a"]);
    expect(direct.output).toBe("1\n");
  },
);

const postgresRoot = "/usr/lib/postgresql";
const version = [...new Bun.Glob("*/bin/postgres").scanSync({
  cwd: postgresRoot,
  throwErrorOnBrokenSymlink: false,
})][0];
const postgres = missingPrograms("psql", "runuser") ||
  (version === undefined ? " (skipped: no PostgreSQL server here)" : "") ||
  (process.getuid?.() === 0 ? "" : " (skipped: PostgreSQL's own user takes root)");

test.skipIf(postgres !== "")(`psql asks a checked PostgreSQL${postgres}`, async () => {
  await using stage = new Stage();
  using folder = scratch();
  chmodSync(folder.path, 0o777);
  const data = join(folder.path, "data");
  const bin = join(postgresRoot, version!, "..");
  const asPostgres = ["runuser", "-u", "postgres", "--"];
  const made = await run([...asPostgres, join(bin, "initdb"), "-D", data, "-A", "trust", "-N"]);
  expect(made.code).toBe(0);
  const to = await freePort();
  await using _server = await Program.serving(to, [
    ...[...asPostgres, join(bin, "postgres"), "-D", data, "-p", String(to), "-h", "127.0.0.1"],
    ...["-c", "unix_socket_directories=", "-c", "fsync=off"],
  ]);
  const port = await freePort();
  const gateway = await stage.gateway(
    configuration(
      "listen db",
      "  mode tcp",
      `  bind 127.0.0.1:${port}`,
      "  option pgsql-check user postgres",
      `  server s 127.0.0.1:${to} check inter 100ms`,
    ),
    asHaproxy,
  );
  const psql = ["psql", "-h", "127.0.0.1", "-p", String(port), "-U", "postgres", "-Atc"];
  const { output, errors } = await run([
    ...psql,
    "select count(*), sum(n) from generate_series(1, 100000) n",
  ]);
  expect(errors).toBe("");
  expect(output).toBe("100000|5000050000\n");
  const rows = await run([...psql, "select repeat('z', 1000) from generate_series(1, 1000)"]);
  expect(rows.output.length).toBe(1001 * 1000);
  expect(gateway.output).not.toContain("is DOWN");
});
