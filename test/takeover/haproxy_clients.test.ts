import { describe, expect, test } from "bun:test";
import { freePort } from "../support/free_port.ts";
import { haproxyAvailable } from "../support/haproxy.ts";
import { Traffic } from "./load/traffic.ts";
import { type Kind, Succession } from "./stage/succession.ts";

const haproxy = haproxyAvailable();
const count = 100;

/** What docs/replace-haproxy.md promises of clients that keep their connections and ask without a pause. */
describe.skipIf(!haproxy.available)("with 'option idle-close-on-response'", () => {
  // Sluice took the option without doing anything, and its clients' requests met the close of their connection.
  test("no request is lost from haproxy to Sluice, on to Sluice, and back", async () => {
    await using line = new Succession();
    await using traffic = await Traffic.start();
    const port = await freePort();
    const lines = [
      `bind 127.0.0.1:${port}`,
      "timeout client 60s",
      "option idle-close-on-response",
      "http-request return status 200 hdr X-Process %pid hdr X-Port %[src_port] " +
      "content-type text/plain lf-string %[path]",
    ];
    let serving = line.start("haproxy", lines);
    await line.serves(serving);
    const load = await traffic.begin({ kind: "keep-alive clients", port, count, thinkMs: [0, 5] });
    const allServedBy = (pid: number) => load.until(({ servedBy }) => servedBy[pid] === count);
    await allServedBy(serving.pid);
    const kinds: readonly Kind[] = ["sluice", "sluice", "haproxy", "sluice", "haproxy"];
    for (const kind of kinds) {
      const next = line.start(kind, lines, { old: serving });
      expect(await line.relieved(serving, next)).toBe(0);
      await allServedBy(next.pid);
      serving = next;
    }
    const { asked, answered, lost, wrong, refused, closed } = await load.end();
    expect({ lost, wrong, refused, unanswered: asked - answered }).toEqual({
      lost: 0,
      wrong: 0,
      refused: 0,
      unanswered: 0,
    });
    expect(closed).toBeGreaterThanOrEqual(kinds.length * count);
  }, 120_000);
});
