import { afterEach, describe, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { freePort } from "../support/free_port.ts";
import { Asker } from "./stage/asker.ts";
import { Generations } from "./stage/generations.ts";
import { WaitingOrigin } from "./stage/waiting_origin.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function openOrigin(): Promise<WaitingOrigin> {
  const origin = await WaitingOrigin.open();
  closing.push(() => origin.close());
  return origin;
}

const configuration = (port: number, origin: number, more = "") => `
defaults
  mode http
  timeout connect 10s
  timeout client 60s
  timeout server 60s
  timeout http-keep-alive 60s
listen fe
  bind 127.0.0.1:${port}
  ${more}
  server s 127.0.0.1:${origin} pool-purge-delay 60s
`;

/** Keep-alive clients that all have a request under way at once, so that each needs a connection. */
class Clients {
  readonly #sockets: Socket[];
  #answers = 0;
  closes = 0;

  constructor(port: number, count: number) {
    this.#sockets = Array.from({ length: count }, () => connect(port, "127.0.0.1"));
    for (const socket of this.#sockets) {
      socket.on("data", (bytes) => this.#answers += String(bytes).split("\r\n\r\nok").length - 1);
      socket.on("error", () => {});
      socket.on("close", () => this.closes++);
    }
    closing.push(() => this.#sockets.forEach((socket) => socket.destroy()));
  }

  end(): void {
    for (const socket of this.#sockets) socket.end();
  }

  async round(gateway: Generations, origin: WaitingOrigin): Promise<void> {
    const { length } = this.#sockets;
    const answered = this.#answers;
    for (const socket of this.#sockets) socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await gateway.waitFor(() => origin.waiting.length === length, "requests at the origin");
    origin.answer();
    await gateway.waitFor(() => this.#answers === answered + length, "answers");
  }
}

async function open(count: number, more = "") {
  const origin = await openOrigin();
  const port = await freePort();
  const gateway = await new Generations(configuration(port, origin.port, more), [
    "--instance",
    "test",
  ]).ready();
  const clients = new Clients(port, count);
  await clients.round(gateway, origin);
  return { origin, port, gateway, clients };
}

test("idle connections to servers serve the next process, and no new one is made", async () => {
  const { origin, gateway, clients } = await open(30);
  await using _ = gateway;
  await clients.round(gateway, origin);
  for (let i = 0; i < 2; i++) {
    const { status, output } = await gateway.upgrade();
    expect({ status, output }).toEqual({ status: 0, output });
    expect(output).toContain("moved 30 idle-client, 30 idle-server");
    await clients.round(gateway, origin);
  }
  expect([origin.connections, clients.closes]).toEqual([30, 0]);
}, 60_000);

test("more than a batch holds go with their clients, batch after batch", async () => {
  const { origin, gateway, clients } = await open(250);
  await using _ = gateway;
  expect((await gateway.upgrade()).output).toContain("moved 250 idle-client, 250 idle-server");
  await clients.round(gateway, origin);
  expect([origin.connections, clients.closes]).toEqual([250, 0]);
}, 60_000);

test("a connection that leads elsewhere by the new configuration is not taken", async () => {
  const { origin, port, gateway, clients } = await open(3);
  await using _ = gateway;
  const other = await openOrigin();
  gateway.rewrite(configuration(port, other.port));
  const { output } = await gateway.upgrade();
  expect(output).toContain("moved 3 idle-client, refused: 3 its server is elsewhere");
  await clients.round(gateway, other);
  expect([origin.connections, other.connections, clients.closes]).toEqual([3, 3, 0]);
  // Nobody needs them any more.
  await gateway.waitFor(() => origin.open.length === 0, "the end of what is not needed");
}, 60_000);

test("a connection that its server has ended or written to serves nobody", async () => {
  const { origin, gateway, clients } = await open(3);
  await using _ = gateway;
  expect((await gateway.upgrade()).status).toBe(0);
  const [ended, written] = origin.open;
  ended!.end();
  written!.write("HTTP/1.1 408 Too Late\r\n\r\n");
  await gateway.waitFor(() => origin.open.length === 1, "the end of both");
  await clients.round(gateway, origin);
  expect([origin.connections, clients.closes]).toEqual([5, 0]);
}, 60_000);

describe("connections that are one client's own (http-reuse never)", () => {
  const never = "http-reuse never";

  test("go with their clients, and end with them", async () => {
    const { origin, gateway, clients } = await open(30, never);
    await using _ = gateway;
    for (let i = 0; i < 2; i++) {
      expect((await gateway.upgrade()).output).toContain("moved 30 idle-client, longest");
      await clients.round(gateway, origin);
    }
    expect([origin.connections, origin.open.length, clients.closes]).toEqual([30, 30, 0]);
    clients.end();
    await gateway.waitFor(() => origin.open.length === 0, "the end of all");
  }, 60_000);

  test(
    "are left where they lead elsewhere by the new configuration, and their clients move",
    async () => {
      const { origin, port, gateway, clients } = await open(3, never);
      await using _ = gateway;
      const other = await openOrigin();
      gateway.rewrite(configuration(port, other.port, never));
      expect((await gateway.upgrade()).output).toContain("moved 3 idle-client, longest");
      await gateway.waitFor(() => origin.open.length === 0, "the end of what leads elsewhere");
      await clients.round(gateway, other);
      expect([origin.connections, other.connections, clients.closes]).toEqual([3, 3, 0]);
    },
    60_000,
  );

  test("that their server has ended are made anew", async () => {
    const { origin, gateway, clients } = await open(2, never);
    await using _ = gateway;
    expect((await gateway.upgrade()).status).toBe(0);
    origin.open[0]!.end();
    await gateway.waitFor(() => origin.open.length === 1, "the end of one");
    await clients.round(gateway, origin);
    expect([origin.connections, clients.closes]).toEqual([3, 0]);
  }, 60_000);
});

describe("a connection that its server has asked for credentials of its own", () => {
  for (const scheme of ["NTLM", "Negotiate"]) {
    test(`${scheme}: is its client's alone in the next process, and ends with it`, async () => {
      const origin = await openOrigin();
      const port = await freePort();
      const site = configuration(port, origin.port, "http-reuse always");
      await using gateway = await new Generations(site, ["--instance", "test"]).ready();
      const [one, other] = [new Asker(port), new Asker(port)];
      closing.push(() => one.leave(), () => other.leave());
      /** By which connection the request has come to the server. */
      const asked = async (client: Asker, head?: string): Promise<Socket> => {
        const { length } = client.statuses;
        client.ask();
        await gateway.waitFor(() => origin.waiting.length === 1, "a request");
        const [socket] = origin.waiting;
        origin.answer(head);
        await gateway.waitFor(() => client.statuses.length > length, "an answer");
        return socket!;
      };
      const own = await asked(one, `HTTP/1.1 401 No\r\nWWW-Authenticate: ${scheme}`);
      const shared = await asked(other);
      expect(shared === own).toBe(false);
      for (let i = 0; i < 2; i++) {
        expect((await gateway.upgrade()).output).toContain("moved 2 idle-client, 1 idle-server,");
        for (const [client, socket] of [[other, shared], [one, own], [other, shared]] as const) {
          expect(await asked(client) === socket).toBe(true);
        }
      }
      expect([one.statuses, other.statuses]).toEqual([
        [401, 200, 200],
        [200, 200, 200, 200, 200],
      ]);
      one.leave();
      await gateway.waitFor(() => !origin.open.includes(own), "the end of what was its own");
      expect(await asked(other) === shared).toBe(true);
      expect(origin.connections).toBe(2);
    }, 60_000);
  }
});

test(
  "of one client to several backends go with it, and lead each request where they did",
  async () => {
    const origins = [await openOrigin(), await openOrigin(), await openOrigin()];
    const port = await freePort();
    const site = `
defaults
  mode http
  timeout connect 10s
  timeout client 60s
  timeout server 60s
  timeout http-keep-alive 60s
  http-reuse never
frontend fe
  bind 127.0.0.1:${port}
${origins.map((_, i) => `  use_backend b${i} if { path /${i} }`).join("\n")}
${
      origins.map((origin, i) =>
        `backend b${i}\n  server s 127.0.0.1:${origin.port} pool-purge-delay 60s`
      ).join("\n")
    }
`;
    const gateway = await new Generations(site, ["--instance", "test"]).ready();
    await using _ = gateway;
    const clients = Array.from({ length: 10 }, () => connect(port, "127.0.0.1"));
    let answers = 0;
    for (const client of clients) {
      client.on("data", (bytes) => answers += String(bytes).split("\r\n\r\nok").length - 1);
      closing.push(() => client.destroy());
    }
    const round = async () => {
      for (const [i, origin] of origins.entries()) {
        const answered = answers;
        for (const client of clients) client.write(`GET /${i} HTTP/1.1\r\nHost: a\r\n\r\n`);
        await gateway.waitFor(() => origin.waiting.length === clients.length, "requests");
        origin.answer();
        await gateway.waitFor(() => answers === answered + clients.length, "answers");
      }
    };
    await round();
    for (let i = 0; i < 2; i++) {
      expect((await gateway.upgrade()).output).toContain("moved 10 idle-client, longest");
      await round();
    }
    expect(origins.map(({ connections, open }) => [connections, open.length])).toEqual(
      origins.map(() => [10, 10]),
    );
    for (const client of clients) client.end();
    const gone = () => origins.every(({ open }) => open.length === 0);
    await gateway.waitFor(gone, "the end of all");
  },
  60_000,
);
