import { createServer } from "node:net";

/** A TCP port that nothing listened on a moment ago, chosen by the kernel. */
export async function freePort(): Promise<number> {
  return (await tryPort(0))!;
}

const triesMax = 100;

/** The first of `count` such ports in a row. */
export async function freePorts(count: number): Promise<number> {
  for (let tries = 0; tries < triesMax; tries++) {
    const first = await freePort();
    const others = Array.from({ length: count - 1 }, (_, i) => tryPort(first + 1 + i));
    if ((await Promise.all(others)).every((port) => port !== undefined)) return first;
  }
  throw new Error(`There are no ${count} free ports in a row`);
}

/** Listens on a port for a moment, on any for 0; undefined when somebody else does. */
function tryPort(wanted: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error) => wanted === 0 ? reject(error) : resolve(undefined));
    server.listen(wanted, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
