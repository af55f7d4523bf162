import { freePort } from "../../support/free_port.ts";
import { type LaunchOptions, StoryGateway } from "./gateway.ts";
import { StoryOrigin } from "./origin.ts";
import { type Destination, Peer } from "./peer.ts";

/**
 * Everything that one story has put up. `await using stage = new Stage()` takes all of it down
 * when the story is over, however it ended.
 */
export class Stage {
  #gateways: StoryGateway[] = [];
  #origins: StoryOrigin[] = [];
  #clients: Peer[] = [];

  /** An origin that listens, played by hand or by `serve`; on a free port unless one is given. */
  async origin(
    serve?: (peer: Peer) => void | Promise<void>,
    port = 0,
  ): Promise<StoryOrigin> {
    const origin = new StoryOrigin(port);
    if (serve) origin.always(serve);
    await origin.listen();
    this.#origins.push(origin);
    return origin;
  }

  /** A gateway that serves. */
  gateway(configuration: string, options: LaunchOptions = {}): Promise<StoryGateway> {
    return this.launch(configuration, options).ready();
  }

  /** A gateway that may not come up. */
  launch(configuration: string, options: LaunchOptions = {}): StoryGateway {
    const gateway = new StoryGateway(configuration, options);
    this.#gateways.push(gateway);
    return gateway;
  }

  /** A client's connection. */
  async client(to: Destination): Promise<Peer> {
    const client = await Peer.connect(to);
    this.#clients.push(client);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    await Promise.all(this.#gateways.map((gateway) => gateway.stop()));
    await Promise.all(this.#origins.map((origin) => origin.close()));
  }
}

/** The usual gateway in front of one origin. */
export interface SimpleScene {
  readonly gateway: StoryGateway;
  readonly port: number;
}

export interface SimpleOptions extends LaunchOptions {
  /** Lines of the frontend, the backend and the defaults, as HAProxy writes them. */
  readonly frontend?: readonly string[];
  readonly backend?: readonly string[];
  readonly defaults?: readonly string[];
  /** Behind the server's address. */
  readonly server?: string;
}

/** A section of raw lines, in the list form of a whole file. */
export function section(name: string, lines: readonly string[]): string {
  return [name, ...lines].map((line) => `- ${JSON.stringify(line)}\n`).join("");
}

/** A configuration of one frontend and one backend, with the log on standard output. */
export function simpleConfiguration(
  port: number,
  servers: readonly number[],
  options: SimpleOptions = {},
): string {
  const { defaults = [], frontend = [], backend = [], server = "" } = options;
  const members = servers.map((to, i) => `server s${i + 1} 127.0.0.1:${to} ${server}`.trimEnd());
  const times = ["timeout connect 5s", "timeout client 30s", "timeout server 30s"];
  return [
    section("global", ["log stdout format raw local0"]),
    section("defaults", ["mode http", "log global", "option httplog", ...times, ...defaults]),
    section("frontend fe", [`bind 127.0.0.1:${port}`, "default_backend be", ...frontend]),
    section("backend be", [...backend, ...members]),
  ].join("");
}

/** Starts a gateway of one frontend, before these origins. */
export async function simpleScene(
  stage: Stage,
  origins: readonly { readonly port: number }[],
  options: SimpleOptions = {},
): Promise<SimpleScene> {
  const port = await freePort();
  const servers = origins.map((origin) => origin.port);
  const configuration = simpleConfiguration(port, servers, options);
  const gateway = await stage.gateway(configuration, options);
  return { gateway, port };
}
