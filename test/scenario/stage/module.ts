import type { Message } from "../../support/http_message.ts";
import type { Peer } from "./peer.ts";
import { type SimpleOptions, simpleScene, type Stage } from "./stage.ts";

/** A gateway with a module before an origin that is played by hand, and a client. */
export async function scene(stage: Stage, module: string, options: SimpleOptions = {}) {
  const origin = await stage.origin();
  const { gateway, port } = await simpleScene(stage, [origin], {
    ...options,
    frontend: ["module edge.ts", ...(options.frontend ?? [])],
    files: { "edge.ts": module },
  });
  return { gateway, origin, port, client: await stage.client(port) };
}

/** A Hono app as a module. */
export function app(imports: string, body: string): string {
  return `import { Hono } from "hono";\n${imports}\nconst app = new Hono();\n${body}\nexport default app;\n`;
}

export const get = (path: string, ...fields: string[]): string =>
  `GET ${path} HTTP/1.1\r\nHost: www.example\r\n${fields.map((f) => f + "\r\n").join("")}\r\n`;

/** The answer of a server, with its length. */
export const ok = (body: string, ...fields: string[]): string =>
  `HTTP/1.1 200 OK\r\n${
    fields.map((f) => f + "\r\n").join("")
  }Content-Length: ${body.length}\r\n\r\n${body}`;

export const lines = (message: Message): string[] => message.headers.map(([n, v]) => `${n}: ${v}`);

/** A client's request, the origin that got it, and its answer at the client. */
export async function exchange(
  client: Peer,
  server: Peer | Promise<Peer>,
  request: string,
  answer: string,
): Promise<{ asked: Message; answered: Message }> {
  client.send(request);
  const peer = await server;
  const asked = await peer.request();
  peer.send(answer);
  return { asked, answered: await client.answer(request.slice(0, request.indexOf(" "))) };
}
