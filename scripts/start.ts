// The demo: two small servers, the gateway on examples/demo.yaml, and what to try. Ctrl-C ends all.
// Where its ports are taken, three others may be given: npm start -- 8081 9003 9004
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { project } from "./project.ts";

const usual = [8080, 9001, 9002] as const;
const given = process.argv.slice(2).map(Number);
if (given.some((number) => !Number.isInteger(number) || number < 1 || number > 65535)) {
  console.error("Three ports can be given: npm start -- 8081 9003 9004");
  process.exit(2);
}
const [port, staticPort, appPort] = usual.map((number, i) => given[i] ?? number);
// The gateway would share its port with another one that runs.
origin("gateway", port!).stop(true);
const servers = [origin("static", staticPort!), origin("app", appPort!)];
const file = given.length === 0 ? join("examples", "demo.yaml") : otherPorts();
const gateway = Bun.spawn(
  [process.execPath, "src/main.ts", "run", "-f", file],
  { cwd: project.root, stdin: "ignore", stdout: "inherit", stderr: "pipe" },
);

/** What it says once its clients are let in. */
const listening = " listens on ";
let stopping = false;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    stopping = true;
    gateway.kill("SIGTERM");
  });
}

if (await listens(gateway.stderr)) {
  console.log(`
The gateway listens on 127.0.0.1:${port}. In another terminal:

  curl -i http://127.0.0.1:${port}/                                  # the application
  curl -i http://127.0.0.1:${port}/img/logo.png                      # the static server, by its path
  curl -i -H 'Host: img.example.com' http://127.0.0.1:${port}/any    # the static server, by its name
  curl -i http://127.0.0.1:${port}/old/page                          # a redirect

Why did it go there? Ask, without sending anything:

  node_modules/.bin/bun src/main.ts explain -f ${file} GET http://www.example.com/img/a.png

Every request appears below in HAProxy's log format. Ctrl-C stops everything.
`);
}

const exitCode = await gateway.exited;
for (const server of servers) server.stop(true);
process.exit(stopping ? 0 : exitCode);

/** The demo's configuration with the ports that were asked for. */
function otherPorts(): string {
  let text = readFileSync(join(project.root, "examples", "demo.yaml"), "utf8");
  const ports = [port, staticPort, appPort];
  for (const [i, number] of usual.entries()) {
    text = text.replaceAll(`127.0.0.1:${number}"`, `127.0.0.1:${ports[i]}"`);
  }
  const folder = mkdtempSync(join(tmpdir(), "sluice-demo-"));
  process.on("exit", () => rmSync(folder, { recursive: true }));
  const file = join(folder, "demo.yaml");
  writeFileSync(file, text);
  return file;
}

/** A server that says its name and what it was asked. */
function origin(name: string, port: number): { stop(now: boolean): void } {
  try {
    return Bun.serve({
      hostname: "127.0.0.1",
      port,
      fetch(request) {
        const { pathname } = new URL(request.url);
        const from = request.headers.get("x-forwarded-for") ?? "somebody";
        return new Response(`${name}: ${request.method} ${pathname} from ${from}\n`);
      },
    });
  } catch {
    console.error(`Port ${port} is taken; three others can be given: npm start -- 8081 9003 9004`);
    process.exit(1);
  }
}

/** Passes on what the gateway says; resolves when it listens, or has given up. */
function listens(said: ReadableStream<Uint8Array>): Promise<boolean> {
  return new Promise((resolve) => {
    let text = "";
    const readAll = async () => {
      for await (const bytes of said) {
        process.stderr.write(bytes);
        if (text.includes(listening)) continue;
        text += Buffer.from(bytes).toString("latin1");
        if (text.includes(listening)) resolve(true);
      }
      resolve(false);
    };
    void readAll();
  });
}
