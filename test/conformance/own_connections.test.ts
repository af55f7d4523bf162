import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createServer, type Server, type Socket } from "node:net";
import { Peer } from "../scenario/stage/peer.ts";
import { haproxyAvailable } from "../support/haproxy.ts";
import { GatewayPair } from "./pair.ts";

const haproxy = haproxyAvailable();
const skipped = haproxy.available ? "" : ` (skipped: ${haproxy.reason})`;

/** What an origin answers, by the path it is asked for. */
const challenges: Readonly<Record<string, readonly [status: number, fields: readonly string[]]>> = {
  ntlm: [401, ["WWW-Authenticate: NTLM"]],
  negotiate: [401, ["WWW-Authenticate: Negotiate"]],
  token: [401, ["WWW-Authenticate: NTLM TlRMTVNTUAACAAAA"]],
  small: [401, ["www-authenticate: ntlm"]],
  nego2: [401, ["WWW-Authenticate: Nego2"]],
  second: [401, ["WWW-Authenticate: Basic realm=a", "WWW-Authenticate: Negotiate"]],
  listed: [401, ["WWW-Authenticate: Basic realm=a, Negotiate"]],
  proxy: [407, ["Proxy-Authenticate: NTLM"]],
  basic: [401, ["WWW-Authenticate: Basic realm=NTLM"]],
  quoted: [401, ['WWW-Authenticate: Basic realm="a, NTLM"']],
  forbidden: [403, ["WWW-Authenticate: NTLM"]],
  fine: [200, ["WWW-Authenticate: NTLM"]],
  proxied: [407, ["WWW-Authenticate: NTLM"]],
  wrong: [401, ["Proxy-Authenticate: NTLM"]],
};

const modes = ["always", "safe", "never"] as const;
const servers = [1, 2, 3, 4, 5, 6, 7];

/** Every story has a backend, and so connections, of its own. */
const stories = [
  ...modes.flatMap((mode) => Object.keys(challenges).map((name) => ({ mode, name }))),
];

describe.skipIf(!haproxy.available)(
  `which connection to a server serves whom, as with the real haproxy${skipped}`,
  () => {
    let pair: GatewayPair;
    let origin: Origin;
    beforeAll(async () => {
      origin = await Origin.open();
      pair = await GatewayPair.start((port) => configuration(port, origin.port));
    });
    afterAll(async () => {
      await pair.stop();
      origin.close();
    });
    const compare = async (story: (port: number) => Promise<string>): Promise<void> => {
      const theirs = await story(pair.ports.theirs);
      expect(await story(pair.ports.ours)).toBe(theirs);
    };

    for (const { mode, name } of stories) {
      test(`http-reuse ${mode}, after a challenge: ${name}`, async () => {
        await compare(async (port) => {
          const [a, b] = [await Client.enter(port), await Client.enter(port)];
          const asked = new Asked(`${mode}-${name}`);
          await asked.ask(a, `/${name}`);
          for (const one of [a, a, b, b, a]) await asked.ask(one, "/x");
          // Another one is asked as well, and by someone who has a connection.
          await asked.ask(b, `/${name}`);
          for (const one of [a, b]) await asked.ask(one, "/x");
          a.leave();
          b.leave();
          return asked.story;
        });
      }, 60_000);
    }

    for (const backend of ["many-never", "many-always"]) {
      test(`a client of ${servers.length} servers: ${backend}`, async () => {
        await compare(async (port) => {
          const client = await Client.enter(port);
          const asked = new Asked(backend);
          for (let round = 0; round < 3; round++) {
            for (const server of servers) await asked.ask(client, `/s${server}`);
          }
          client.leave();
          return asked.story;
        });
      }, 60_000);
    }

    for (const path of ["ntlm", "basic"]) {
      test(`two servers in turns, after a challenge: ${path}`, async () => {
        await compare(async (port) => {
          const client = await Client.enter(port);
          const asked = new Asked(`turns-${path}`);
          for (const target of [`/${path}`, "/x", "/x", "/x"]) await asked.ask(client, target);
          client.leave();
          return asked.story;
        });
      }, 60_000);
    }
  },
);

function configuration(port: number, origin: number): string {
  const server = (name: string) => `server ${name} 127.0.0.1:${origin}`;
  const backend = (name: string, lines: readonly string[]) =>
    [`backend ${name}`, ...lines].join("\n  ");
  const many = servers.flatMap((n) => [`use-server s${n} if { path /s${n} }`, server(`s${n}`)]);
  return `global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 20s
  timeout server 20s
frontend entry
  bind 127.0.0.1:${port}
  http-response set-header X-Server %s
  use_backend %[req.hdr(x-backend)]
${
    stories.map(({ mode, name }) => backend(`${mode}-${name}`, [`http-reuse ${mode}`, server("s")]))
      .join("\n")
  }
${backend("many-never", ["http-reuse never", ...many])}
${backend("many-always", ["http-reuse always", ...many])}
${
    ["ntlm", "basic"].map((path) =>
      backend(`turns-${path}`, ["balance roundrobin", server("s1"), server("s2")])
    ).join("\n")
  }
`;
}

/** Says in each answer by which of its connections it came. */
class Origin {
  readonly #sockets = new Set<Socket>();
  #count = 0;

  private constructor(readonly server: Server) {}

  static async open(): Promise<Origin> {
    const server = createServer((socket) => origin.#serve(socket));
    const origin = new Origin(server);
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return origin;
  }

  get port(): number {
    return (this.server.address() as { port: number }).port;
  }

  #serve(socket: Socket): void {
    const number = ++this.#count;
    this.#sockets.add(socket);
    let text = "";
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      for (let end = text.indexOf("\r\n\r\n"); end >= 0; end = text.indexOf("\r\n\r\n")) {
        const [status, fields] = challenges[text.split(" ")[1]!.slice(1)] ?? [200, []];
        const head = [`HTTP/1.1 ${status} X`, ...fields, `X-Connection: ${number}`];
        socket.write(`${[...head, "Content-Length: 0"].join("\r\n")}\r\n\r\n`);
        text = text.slice(end + 4);
      }
    });
  }

  close(): void {
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

class Client {
  private constructor(readonly peer: Peer) {}

  static async enter(port: number): Promise<Client> {
    return new Client(await Peer.connect(port));
  }

  leave(): void {
    this.peer.close();
  }
}

/** Who was answered over which connection, those numbered as they come. */
class Asked {
  story = "";
  readonly #known: string[] = [];
  readonly #clients: Client[] = [];

  constructor(private readonly backend: string) {}

  async ask(client: Client, path: string): Promise<void> {
    client.peer.send(`GET ${path} HTTP/1.1\r\nHost: a\r\nX-Backend: ${this.backend}\r\n\r\n`);
    const { start, headers } = await client.peer.answer();
    const field = (wanted: string) => headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
    const connection = numberIn(this.#known, field("x-connection") ?? "none");
    const who = numberIn(this.#clients, client);
    this.story += `client ${who} ${path}: ${start.split(" ")[1]} by ${connection} of ${
      field("x-server")
    }\n`;
  }
}

function numberIn<T>(known: T[], one: T): number {
  if (!known.includes(one)) known.push(one);
  return known.indexOf(one) + 1;
}
