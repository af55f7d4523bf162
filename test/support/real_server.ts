import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startGateway } from "./child_process.ts";
import { freePort } from "./free_port.ts";

/** A server of Debian's, listening on a port of 127.0.0.1. */
export interface RealServer {
  readonly port: number;
  stop(): Promise<void>;
}

interface Start {
  readonly name: string;
  /** Files go into `folder`, which is gone in the end. */
  command(port: number, folder: string): readonly string[];
}

async function start({ name, command }: Start): Promise<RealServer> {
  const folder = mkdtempSync(join(tmpdir(), `sluice-${name}-`));
  chmodSync(folder, 0o755);
  const port = await freePort();
  const child = await startGateway({
    name,
    command: command(port, folder),
    cwd: folder,
    at: { host: "127.0.0.1", port },
  });
  return {
    port,
    async stop() {
      await child.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Where a program is; undefined when it is not installed. */
export function installed(name: string): string | undefined {
  const path = `${process.env.PATH}:/usr/sbin:/usr/lib/postgresql/15/bin`;
  return Bun.which(name, { PATH: path }) ?? undefined;
}

/** `password` is asked of every client. */
export function startRedis(password?: string): Promise<RealServer> {
  return start({
    name: "redis",
    command: (port) => [
      ...[installed("redis-server")!, "--bind", "127.0.0.1", "--port", String(port)],
      ...["--save", "", "--appendonly", "no"],
      ...(password === undefined ? [] : ["--requirepass", password]),
    ],
  });
}

/** Serves these files. */
export function startNginx(files: Readonly<Record<string, string>>): Promise<RealServer> {
  return start({
    name: "nginx",
    command(port, folder) {
      mkdirSync(join(folder, "files"));
      for (const [name, text] of Object.entries(files)) {
        writeFileSync(join(folder, "files", name), text);
      }
      const file = join(folder, "nginx.conf");
      writeFileSync(
        file,
        `daemon off;
pid ${folder}/pid;
error_log stderr;
events {}
http {
  access_log off;
  server {
    listen 127.0.0.1:${port};
    root ${folder}/files;
    add_header X-Role leader;
  }
}
`,
      );
      return [installed("nginx")!, "-c", file, "-p", folder, "-e", "stderr"];
    },
  });
}

/** Words that run a command as somebody who may run PostgreSQL; undefined when nobody can. */
function asPostgres(): readonly string[] | undefined {
  if (process.getuid?.() !== 0) return [];
  const runuser = installed("runuser");
  const known = Bun.spawnSync(["id", "postgres"]).exitCode === 0;
  return runuser !== undefined && known ? [runuser, "-u", "postgres", "--"] : undefined;
}

export function postgresAvailable(): boolean {
  return installed("initdb") !== undefined && installed("postgres") !== undefined &&
    asPostgres() !== undefined;
}

/** Lets `postgres` in without a password, and nobody else. */
export function startPostgres(): Promise<RealServer> {
  return start({
    name: "postgres",
    command(port, folder) {
      chmodSync(folder, 0o777);
      const [as, data] = [asPostgres()!, join(folder, "data")];
      const made = Bun.spawnSync([
        ...[...as, installed("initdb")!, "-D", data, "-U", "postgres"],
        ...["-A", "trust", "--no-sync"],
      ]);
      if (made.exitCode !== 0) throw new Error(`initdb failed: ${made.stderr}`);
      writeFileSync(join(data, "pg_hba.conf"), "host all postgres 127.0.0.1/32 trust\n");
      const options = ["-D", data, "-h", "127.0.0.1", "-p", String(port), "-k", folder, "-F"];
      return [...as, installed("postgres")!, ...options];
    },
  });
}
