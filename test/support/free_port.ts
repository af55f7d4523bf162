import { createServer } from "node:net";

/** Below those that the kernel gives to connections and to who asks for any: nobody else takes one. */
const lowest = 10_000;
const range = 20_000;
let next = Math.floor(Math.random() * range);

/** A TCP port that nothing listened on a moment ago. A process never gets the same one twice. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < range; tries++) {
    const port = await tryPort(lowest + next++ % range);
    if (port !== undefined) return port;
  }
  throw new Error("There is no free port");
}

const triesMax = 100;

/** The first of `count` such ports in a row. */
export async function freePorts(count: number): Promise<number> {
  for (let tries = 0; tries < triesMax; tries++) {
    const from = await freePort();
    const others = Array.from({ length: count - 1 }, (_, i) => tryPort(from + 1 + i));
    next += count;
    if ((await Promise.all(others)).every((port) => port !== undefined)) return from;
  }
  throw new Error(`There are no ${count} free ports in a row`);
}

/** Listens on a port for a moment; undefined when somebody else does. */
function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen(port, () => server.close(() => resolve(port)));
  });
}
