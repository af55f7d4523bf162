import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { renderHaproxyCfg } from "../support/dialects.ts";
import { freePort } from "../support/free_port.ts";
import { gatewayCommand, type GatewayName } from "./gateways.ts";

const START_MS = 20_000;

/** A small site that answers without a server. */
function site(port: number) {
  return [
    {
      header: "defaults",
      lines: ["mode http", "timeout connect 1s", "timeout client 1s", "timeout server 1s"],
    },
    { header: "frontend www", lines: [`bind 127.0.0.1:${port}`, "http-request return status 200"] },
  ];
}

/** Milliseconds from the start of a gateway's process to the first byte of its first answer. */
export async function firstAnswerMs(
  name: GatewayName,
  folder: string,
  pin: readonly string[],
): Promise<number> {
  const port = await freePort();
  const file = join(folder, "start.cfg");
  writeFileSync(file, renderHaproxyCfg(site(port)).text);
  const begin = performance.now();
  const gateway = Bun.spawn([...pin, ...gatewayCommand(name, file)], {
    stdio: ["ignore", "ignore", "ignore"],
  });
  try {
    while (!(await answers(port))) {
      if (performance.now() - begin > START_MS) throw new Error(`${name} gives no answer`);
    }
    return performance.now() - begin;
  } finally {
    gateway.kill();
    await gateway.exited;
  }
}

/** Whether a request gets an answer; false at once while nothing listens. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => socket.write("GET / HTTP/1.0\r\n\r\n"));
    socket.once("data", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
    socket.once("end", () => resolve(false));
  });
}
