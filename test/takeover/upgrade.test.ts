import { describe, expect, test } from "bun:test";
import { freePort } from "../support/free_port.ts";
import { Generations } from "./stage/generations.ts";
import { CheckedTunnel, invertingOrigin } from "./stage/traffic.ts";

const times = `
defaults
  timeout connect 5s
  timeout client 30s
  timeout server 30s
`;

const web = (port: number, origin: number): string => `
frontend fe
  mode http
  bind 127.0.0.1:${port}
  default_backend be
backend be
  mode http
  server s 127.0.0.1:${origin}
`;

const tunnel = (port: number, origin: number): string => `
listen tunnel
  mode tcp
  bind 127.0.0.1:${port}
  server t 127.0.0.1:${origin}
`;

const instance = ["--instance", "test"];

describe("connections move to the new process", () => {
  test(
    "50 tunnels with checked bytes both ways, two upgrades: no byte lost or changed",
    async () => {
      const origin = await invertingOrigin();
      const port = await freePort();
      await using gateway = await new Generations(times + tunnel(port, origin.port), instance)
        .ready();
      const tunnels = Array.from({ length: 50 }, (_, i) => new CheckedTunnel(port, i));
      for (let i = 0; i < 2; i++) {
        const { status, output } = await gateway.upgrade();
        expect({ status, output }).toEqual({ status: 0, output });
        expect(output).toContain("moved 50 tcp-pipe");
      }
      await Promise.all(tunnels.map((one) => one.end()));
      for (const { sent, received, wrong, closes } of tunnels) {
        expect({ received, wrong, closes }).toEqual({ received: sent, wrong: 0, closes: 0 });
      }
      origin.stop();
    },
    120_000,
  );

  for (
    const [name, request, answer] of [
      [
        "WebSocket",
        (i: number) =>
          `GET /w${i} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        "HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nX-Own: yes\r\n\r\n",
      ],
      [
        "CONNECT",
        (i: number) => `CONNECT w${i}:80 HTTP/1.1\r\nHost: w${i}:80\r\n\r\n`,
        "HTTP/1.1 200 Fine\r\nX-Own: yes\r\n\r\n",
      ],
    ] as const
  ) {
    test(`20 ${name} tunnels, two upgrades: no byte lost, and one log line each`, async () => {
      const origin = await invertingOrigin(answer);
      const port = await freePort();
      const log = "log stdout format raw local0\n  capture response header X-Own len 5";
      const lines = web(port, origin.port)
        .replace("default_backend", `${log}\n  option httplog\n  default_backend`);
      await using gateway = await new Generations(times + lines, instance).ready();
      const tunnels = Array.from(
        { length: 20 },
        (_, i) => new CheckedTunnel(port, i, request(i)),
      );
      await gateway.waitFor(() => tunnels.every(({ received }) => received > 0), "first bytes");
      for (let i = 0; i < 2; i++) {
        const { status, output } = await gateway.upgrade();
        expect({ status, output }).toEqual({ status: 0, output });
        expect(output).toContain("moved 20 tunnel");
      }
      await Promise.all(tunnels.map((one) => one.end()));
      for (const [i, { sent, received, wrong, closes, answer }] of tunnels.entries()) {
        expect({ received, wrong, closes }).toEqual({ received: sent, wrong: 0, closes: 0 });
        const status = answer.split(" ")[1]!;
        const bytes = answer.length + received;
        await gateway.said(`be/s `, 20);
        const target = request(i).split("\r\n")[0]!;
        const line = gateway.output.split("\n").find((text) => text.includes(`"${target}"`))!;
        expect(line).toMatch(
          new RegExp(` be/s 0/0/\\d+/\\d+/\\d+ ${status} ${bytes} - - ---- .* \\{yes\\} "`),
        );
      }
      origin.stop();
    }, 120_000);
  }
});
