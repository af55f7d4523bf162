import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { freePort } from "../support/free_port.ts";

/** nginx with answers of three sizes: `/` (small), `/16k`, `/1m`. */
export interface NginxOrigin {
  readonly port: number;
  stop(): Promise<void>;
}

const START_MS = 5_000;

function configuration(folder: string, port: number): string {
  return `daemon off;
${process.getuid?.() === 0 ? "user root;" : ""}
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr crit;
events { worker_connections 8192; }
http {
  access_log off;
  sendfile on;
  keepalive_requests 1000000000;
  keepalive_timeout 300s;
  ${
    ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) =>
      `${name}_temp_path ${folder}/${name};`
    ).join(" ")
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    root ${folder}/files;
    location = /16k { default_type application/octet-stream; }
    location = /1m { default_type application/octet-stream; }
    location / { default_type text/plain; return 200 "hello\\n"; }
  }
}
`;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** Starts it in `folder`; `pin` are words before the command that pin it to a core. */
export async function startNginx(folder: string, pin: readonly string[]): Promise<NginxOrigin> {
  const path = Bun.which("nginx", { PATH: `${process.env.PATH}:/usr/sbin` });
  if (path === null) throw new Error("nginx is not installed; it is the origin of this bench");
  const port = await freePort();
  mkdirSync(join(folder, "files"), { recursive: true });
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, "files", "16k"), "x".repeat(16 * 1024));
  writeFileSync(join(folder, "files", "1m"), "x".repeat(1024 * 1024));
  const file = join(folder, "nginx.conf");
  writeFileSync(file, configuration(folder, port));
  const child = Bun.spawn([...pin, path, "-c", file, "-p", folder], {
    stdout: "ignore",
    stderr: "pipe",
  });
  const deadline = Date.now() + START_MS;
  while (!await accepts(port)) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill();
      throw new Error(`nginx did not start: ${await new Response(child.stderr).text()}`);
    }
    await Bun.sleep(5);
  }
  return {
    port,
    stop: async () => {
      child.kill("SIGTERM");
      await child.exited;
    },
  };
}
