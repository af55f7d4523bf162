import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StoryGateway } from "../../scenario/stage/gateway.ts";
import { untilControl } from "../../support/control_client.ts";
import { haproxyAvailable } from "../../support/haproxy.ts";
import { sluiceCommand } from "../../support/sluice.ts";

const haproxy = haproxyAvailable();

export type Kind = "haproxy" | "sluice";

/** Processes of either kind that listen at the same places, one after the other. */
export class Succession {
  readonly folder = mkdtempSync(join(tmpdir(), "sluice-succession-"));
  readonly control = join(this.folder, "control.sock");
  readonly #running: StoryGateway[] = [];

  /** Starts one; `old` is to be relieved of its sockets. */
  start(kind: Kind, lines: readonly string[], options: StartOptions = {}): StoryGateway {
    const { old, exposes = true, from = this.control } = options;
    const taking = old ? ["-x", from, "-sf", String(old.pid)] : [];
    const program = kind === "haproxy" && haproxy.available ? [haproxy.path] : sluiceCommand();
    const gateway = new StoryGateway(this.#configuration(kind, lines, exposes), {
      command: [...program, "-db"],
      args: taking,
      spelling: "bare",
      file: "haproxy.cfg",
    });
    this.#running.push(gateway);
    return gateway;
  }

  /** Waits until the process answers runtime commands, and nobody else does. */
  async serves(gateway: StoryGateway): Promise<string> {
    for (;;) {
      const info = await untilControl(this.control, "show info\n");
      if (info.includes(`\nPid: ${gateway.pid}\n`)) return info;
    }
  }

  /** Waits until `old` has ended because `next` serves; resolves to its exit status. */
  relieved(old: StoryGateway, next: StoryGateway): Promise<number> {
    const failed = next.exited().then((status) => {
      throw new Error(`It ended with ${status}:\n${next.output}`);
    });
    return Promise.race([old.exited(), failed]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#running.map((gateway) => gateway.stop()));
    rmSync(this.folder, { recursive: true, force: true });
  }

  #configuration(kind: Kind, lines: readonly string[], exposes: boolean): string {
    return `global
  stats socket ${this.control} level admin ${exposes ? "expose-fd listeners" : ""}
defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
frontend fe
${lines.map((line) => `  ${line}\n`).join("")}
  http-request return status 200 content-type text/plain string ${kind} hdr X-Process %pid
`;
  }
}

interface StartOptions {
  readonly old?: StoryGateway;
  readonly exposes?: boolean;
  /** The socket that is asked. */
  readonly from?: string;
}
