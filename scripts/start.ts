// The demo: two small servers, the gateway on examples/demo.yaml, and what to try. Ctrl-C ends all.
import { join } from "node:path";
import { project } from "./project.ts";

const servers = [origin("static", 9001), origin("app", 9002)];
const gateway = Bun.spawn(
  [process.execPath, "src/main.ts", "run", "-f", join("examples", "demo.yaml")],
  { cwd: project.root, stdin: "ignore", stdout: "inherit", stderr: "inherit" },
);

let stopping = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    stopping = true;
    gateway.kill("SIGTERM");
  });
}

if (await answers()) {
  console.log(`
The gateway listens on 127.0.0.1:8080. In another terminal:

  curl -i http://127.0.0.1:8080/                                  # the application
  curl -i http://127.0.0.1:8080/img/logo.png                      # the static server, by its path
  curl -i -H 'Host: img.example.com' http://127.0.0.1:8080/any    # the static server, by its name
  curl -i http://127.0.0.1:8080/old/page                          # a redirect

Why did it go there? Ask, without sending anything:

  node_modules/.bin/bun src/main.ts explain -f examples/demo.yaml GET http://www.example.com/img/a.png

Every request appears below in HAProxy's log format. Ctrl-C stops everything.
`);
}

const exitCode = await gateway.exited;
for (const server of servers) server.stop(true);
process.exit(stopping ? 0 : exitCode);

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
    console.error(`Port ${port} is taken: the demo needs 8080, 9001 and 9002 on 127.0.0.1`);
    process.exit(1);
  }
}

/** Waits until the gateway accepts, or has given up. */
async function answers(): Promise<boolean> {
  for (let tries = 0; tries < 200 && gateway.exitCode === null; tries++) {
    const reached = await fetch("http://127.0.0.1:8080/").then(() => true, () => false);
    if (reached) return true;
    await Bun.sleep(25);
  }
  return false;
}
