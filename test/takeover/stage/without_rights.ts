import { chmodSync, mkdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { childrenOf } from "../../support/process_state.ts";
import { freePort } from "../../support/free_port.ts";
import { Supervised, until } from "./supervised.ts";
import { CheckedTunnel, invertingOrigin } from "./traffic.ts";

/** It takes root to give anything up. */
export const isRoot = process.getuid?.() === 0;

/** A gateway as Debian's haproxy.cfg has it: those who serve have another user, and a file system of their own. */
export class WithoutRights implements AsyncDisposable {
  readonly jail: string;
  readonly control: string;
  #tunnel: CheckedTunnel | undefined;

  /** @param log a socket outside of that file system */
  static async make(log?: string): Promise<WithoutRights> {
    const origin = await invertingOrigin();
    const tunnelPort = await freePort();
    const gateway = await Supervised.make();
    return new WithoutRights(gateway, origin, tunnelPort, log);
  }

  private constructor(
    readonly gateway: Supervised,
    private readonly origin: { port: number; stop(): void },
    private readonly tunnelPort: number,
    log: string | undefined,
  ) {
    this.jail = join(gateway.folder, "jail");
    this.control = join(gateway.folder, "admin.sock");
    mkdirSync(this.jail);
    chmodSync(gateway.folder, 0o755);
    const global = `global
  ${log === undefined ? "" : `log ${log} local0`}
  chroot ${this.jail}
  stats socket ${this.control} mode 660 gid 65534 level admin
  user nobody
  gid 65534
  daemon`;
    const text = gateway.configuration.replace("global", global);
    gateway.write(`${text.replace("defaults", "defaults\n  log global\n  option logasap")}
listen tunnel
  mode tcp
  bind 127.0.0.1:${tunnelPort}
  server s 127.0.0.1:${origin.port}
`);
  }

  /** Clients that stay, of HTTP and of a tunnel. */
  async connect(): Promise<void> {
    this.gateway.connect();
    this.#tunnel = new CheckedTunnel(this.tunnelPort, 1);
    await this.answersAll();
  }

  /** On every connection. */
  async answersAll(): Promise<void> {
    await this.gateway.answersAll();
    const { received } = this.#tunnel!;
    const done = () => this.#tunnel!.received > received;
    await until(done, "bytes of the tunnel", () => this.gateway.output);
  }

  /** Ends the clients; what they missed. */
  async tally(): Promise<Record<string, number>> {
    const tunnel = this.#tunnel!;
    await tunnel.end();
    const { closes, sent, received, wrong } = tunnel;
    const missing = sent - received;
    return { ...await this.gateway.tally(), tunnel: closes, tunnelWrong: wrong, missing };
  }

  /** Waits until one worker is left. */
  async worker(parent: number): Promise<number> {
    const one = () => childrenOf(parent).length === 1;
    await until(one, "one worker", () => this.gateway.output);
    return this.gateway.watch(childrenOf(parent)[0]!);
  }

  /** What a process is and sees. */
  facts(pid: number): { user: string; group: string; groups: string; root: string } {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const of = (name: string) => new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*$`, "m").exec(status)![1]!;
    return {
      user: of("Uid"),
      group: of("Gid"),
      groups: of("Groups"),
      root: readlinkSync(`/proc/${pid}/root`),
    };
  }

  /** What every process that serves must be. */
  get confined() {
    const nobody = "65534\t65534\t65534\t65534";
    return { user: nobody, group: nobody, groups: "", root: this.jail };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
    this.origin.stop();
  }
}

export const whole = { lost: 0, wrong: 0, closes: 0, tunnel: 0, tunnelWrong: 0, missing: 0 };
