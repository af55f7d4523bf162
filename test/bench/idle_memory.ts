import { connect, type Socket } from "node:net";
import { residentBytes } from "./process_stats.ts";

const REQUEST = "GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n";
const OPEN_AT_ONCE = 100;
const OPEN_BEFORE = 1_000;

/** Opens a connection, makes one request and leaves it idle. */
function openIdle(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("closed before the answer")));
    socket.once("connect", () => socket.write(REQUEST));
    socket.once("data", () => {
      socket.removeAllListeners("close");
      resolve(socket);
    });
  });
}

/**
 * Resident memory that one more idle keep-alive connection costs a gateway, bytes. The base is a
 * gateway that holds some already: what the first ones make it allocate and compile it needs once.
 */
export async function idleConnectionBytes(
  pid: number,
  port: number,
  count: number,
): Promise<number> {
  const open: Socket[] = [];
  const burst = async (n: number): Promise<void> => {
    open.push(...await Promise.all(Array.from({ length: n }, () => openIdle(port))));
  };
  const bursts = async (n: number): Promise<void> => {
    for (let left = n; left > 0; left -= OPEN_AT_ONCE) await burst(Math.min(left, OPEN_AT_ONCE));
  };
  try {
    await bursts(OPEN_BEFORE);
    const before = residentBytes(pid);
    await bursts(count);
    return (residentBytes(pid) - before) / count;
  } finally {
    for (const socket of open) socket.destroy();
  }
}
