import { afterEach, expect, test } from "bun:test";
import { connect } from "node:net";
import { freePort } from "../support/free_port.ts";
import { Generations } from "./stage/generations.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A frontend in TCP mode whose clients turn out to speak HTTP. */
const configuration = (port: number, lines: readonly string[], first = "first") => `
defaults
  mode tcp
  timeout connect 10s
  timeout client 60s
  timeout server 60s
frontend fe
  bind 127.0.0.1:${port}
  ${lines.join("\n  ")}
  default_backend later
backend ${first}
  mode http
  http-request return status 200 content-type text/plain lf-string "first %[var(sess.port)]"
backend later
  mode http
  http-request return status 200 content-type text/plain lf-string "later %[var(sess.port)]"
`;
const remembers = "tcp-request content set-var(sess.port) src_port";
const chooses = [
  "tcp-request inspect-delay 30s",
  "tcp-request content accept if { req.len ge 4 }",
  "use_backend first if { req.payload(0,4) -m str 'GET ' }",
];

class Client {
  readonly #socket;
  readonly #gateway;
  #text = "";
  closed = false;

  constructor(gateway: Generations, port: number) {
    this.#gateway = gateway;
    this.#socket = connect(port, "127.0.0.1");
    this.#socket.on("data", (bytes) => this.#text += String(bytes));
    this.#socket.on("close", () => this.closed = true);
    this.#socket.on("error", () => {});
    closing.push(() => this.#socket.destroy());
  }

  /** Resolves when it is connected. */
  async port(): Promise<number> {
    await this.#gateway.waitFor(() => this.#socket.localPort !== undefined, "a connection");
    return this.#socket.localPort!;
  }

  send(text: string): void {
    this.#socket.write(text);
  }

  /** The answer to a request that is whole now. */
  async answer(): Promise<string> {
    const whole = /\r\n\r\n(?:first|later) \d+$/;
    await this.#gateway.waitFor(() => whole.test(this.#text), "an answer");
    const [head, body] = this.#text.split("\r\n\r\n");
    this.#text = "";
    return /connection: close/i.test(head!) ? `${body}, and closes` : body!;
  }
}

const request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

async function open(lines: readonly string[]) {
  const port = await freePort();
  const gateway = await new Generations(configuration(port, lines), [
    "--instance",
    "test",
  ]).ready();
  const client = new Client(gateway, port);
  return { gateway, client, port, from: await client.port() };
}

/** Nobody tells that rules have seen what came: the request of another client, behind it, is answered. */
async function seen(gateway: Generations, port: number): Promise<void> {
  const witness = new Client(gateway, port);
  witness.send(request);
  expect(await witness.answer()).toStartWith("first ");
}

for (
  const [name, ...lines] of [
    ["chose an HTTP backend", remembers],
    ["switched to HTTP", remembers, "tcp-request content switch-mode http"],
  ] as const
) {
  test(`a client whose TCP frontend ${name} moves between two requests`, async () => {
    const { gateway, client, from } = await open(lines);
    await using _ = gateway;
    client.send(request);
    expect(await client.answer()).toBe(`later ${from}`);
    for (let i = 0; i < 2; i++) {
      expect((await gateway.upgrade()).output).toContain("moved 1 idle-client");
      client.send(request);
      expect(await client.answer()).toBe(`later ${from}`);
    }
  }, 60_000);
}

test("its first request goes to the backend that was chosen, the others to their own", async () => {
  const { gateway, client, port, from } = await open([remembers, ...chooses]);
  await using _ = gateway;
  client.send(request.slice(0, 8));
  await seen(gateway, port);
  expect((await gateway.upgrade()).output).toContain("moved 2 idle-client");
  client.send(request.slice(8));
  expect(await client.answer()).toBe(`first ${from}`);
  client.send(request);
  expect(await client.answer()).toBe(`later ${from}`);
}, 60_000);

test("nobody moves whose chosen backend is gone, and the old process answers", async () => {
  const { gateway, client, port, from } = await open([remembers, ...chooses]);
  await using _ = gateway;
  client.send(request.slice(0, 8));
  await seen(gateway, port);
  gateway.rewrite(configuration(port, [remembers], "other"));
  const upgrade = gateway.upgrade();
  await gateway.said(": moving");
  client.send(request.slice(8));
  expect(await client.answer()).toBe(`first ${from}, and closes`);
  expect((await upgrade).output).toContain("refused: 1 its backend is gone");
}, 60_000);
