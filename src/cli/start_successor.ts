import { spawn } from "node:child_process";
import process from "node:process";
import { duplicate, type Libc } from "../../ffi/mod.ts";
import { adoptSocket } from "../net/adopted_socket.ts";
import type { Connection } from "../net/connection.ts";
import type { Says } from "../takeover/message.ts";
import type { StartedSuccessor } from "../takeover/upgrade_watch.ts";
import { ownCommand } from "./own_program.ts";
import type { StartRequest } from "./parent_request.ts";
import { type Answer, ask, type Role, successorEnvironment } from "./process_role.ts";
import { takeoverEnvironment } from "./takeover.ts";

/** This program again, as it is on disk now, with the arguments, folder and environment of this one. */
export async function startSuccessor(
  native: Libc,
  role: Role,
  { program, dryRun, probationMs }: Says<"upgrade">,
): Promise<StartedSuccessor> {
  const wish = { mode: dryRun ? "dry-run" as const : "require" as const, probationMs };
  if (role.kind === "worker") {
    return await StartByMaster.of(native, role, { kind: "start", ...wish, program });
  }
  return startHere(program, { ...takeoverEnvironment(wish), ...successorEnvironment(role) });
}

function startHere(
  program: string | undefined,
  environment: Readonly<Record<string, string>>,
): StartedSuccessor {
  const [command, ...leading] = program === undefined ? ownCommand() : [program];
  const child = spawn(command!, [...leading, ...process.argv.slice(2)], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...environment },
  });
  const exited = new Promise<string>((resolve) => {
    child.on("error", (error) => resolve(`could not be started: ${error.message}`));
    child.on("exit", (code, signal) => resolve(`ended with ${signal ?? `status ${code}`}`));
  });
  return {
    pid: child.pid ?? 0,
    kill: () => void child.kill("SIGKILL"),
    exited,
    release: () => child.unref(),
  };
}

/**
 * The master's child, as this process is one: the master knows of it, outlives both, and has the rights
 * that this process may have given up.
 */
class StartByMaster implements StartedSuccessor {
  pid = 0;
  #rest = "";
  #tellStarted: (error: Error | undefined) => void = () => {};
  #tellExited: (how: string) => void = () => {};
  readonly exited: Promise<string>;
  #connection: Connection | undefined;

  static async of(
    native: Libc,
    role: Extract<Role, { kind: "worker" }>,
    start: StartRequest,
  ): Promise<StartedSuccessor> {
    const successor = new StartByMaster(role);
    const started = new Promise<Error | undefined>((resolve) => successor.#tellStarted = resolve);
    const gone = () => successor.onClose();
    // Words go out by the other descriptor meanwhile.
    adoptSocket(duplicate(native, role.channel), "reading", (connection) => {
      successor.#connection = connection;
      connection.handler = successor;
      ask(role, start);
    }, gone);
    const error = await started;
    if (!error) return successor;
    // An open connection would keep this process alive when it has nothing left.
    successor.release();
    throw error;
  }

  private constructor(private readonly role: Extract<Role, { kind: "worker" }>) {
    this.exited = new Promise((resolve) => this.#tellExited = resolve);
  }

  kill(): void {
    ask(this.role, { kind: "kill", pid: this.pid });
  }

  release(): void {
    this.#connection?.close();
  }

  onData(bytes: Uint8Array): void {
    const lines = (this.#rest + new TextDecoder().decode(bytes)).split("\n");
    this.#rest = lines.pop()!;
    for (const line of lines) this.#heard(JSON.parse(line) as Answer);
  }

  onDrain(): void {}

  onEnd(): void {
    this.onClose();
  }

  onClose(): void {
    this.#tellStarted(new Error("the master is gone"));
    this.#tellExited("is unknown: the master is gone");
  }

  #heard(answer: Answer): void {
    switch (answer.kind) {
      case "started":
        this.pid = answer.pid;
        return this.#tellStarted(undefined);
      case "refused":
        return this.#tellStarted(new Error(answer.why));
      case "ended":
        if (answer.pid === this.pid) this.#tellExited(`ended with ${answer.how}`);
        return;
      default:
        return answer satisfies never;
    }
  }
}
