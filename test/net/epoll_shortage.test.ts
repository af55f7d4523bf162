import { expect, test } from "bun:test";
import { connect as connectClient } from "node:net";
import { join } from "node:path";
import { onFault } from "../../src/net/event_fault.ts";
import { connect } from "../../src/net/open.ts";
import { useSockets } from "./stage/seam_cases.ts";
import { listening, native, pair, Told } from "./stage/told.ts";

useSockets("epoll");

type Call = "accept4" | "epoll_ctl" | "errno";

/** Calls of the C library fail with this errno as long as `while_` says so; all sockets share them. */
function failing(call: Call, errno: number, while_: () => boolean): Disposable {
  const calls = native as Record<Call, (...args: never[]) => number>;
  const kept = { [call]: calls[call], errno: calls.errno };
  let failed = false;
  calls[call] = (...args) => {
    failed = while_();
    return failed ? -1 : kept[call]!(...args);
  };
  calls.errno = () => failed ? errno : kept.errno!();
  return { [Symbol.dispose]: () => Object.assign(calls, kept) };
}

const [tooManyOpen, noRoom] = [24, 28];

test("without a descriptor for it, a connection waits in the kernel until there is one", async () => {
  let fails = 0;
  using _ = failing("accept4", tooManyOpen, () => fails++ < 3);
  const { told, client, stop } = await pair();
  client.write("patient");
  expect(await told.count(1)).toEqual(["patient"]);
  expect(fails).toBeGreaterThan(3);
  stop();
});

test("where the system watches no more sockets, a connection is refused and told so", async () => {
  const faults: unknown[] = [];
  onFault((error) => faults.push(error));
  const told = new Told();
  const listener = await listening(() => told);
  let fails = 0;
  {
    using _ = failing("epoll_ctl", noRoom, () => fails++ === 0);
    const client = connectClient(listener.port, "127.0.0.1");
    const refused = new Promise((resolve) => client.once("error", resolve));
    expect((await refused as NodeJS.ErrnoException).code).toBe("ECONNRESET");
    expect(await told.count(1)).toEqual(["close"]);
    expect(faults).toHaveLength(1);
  }
  using _ = failing("epoll_ctl", noRoom, () => true);
  const outgoing = new Told();
  connect({ kind: "tcp", host: "127.0.0.1", port: listener.port }, outgoing);
  expect(await outgoing.count(1)).toEqual(["close local"]);
  listener.stop();
});

// The bell's own socket kept the process alive where it was of no use.
test.each(["list", "delete", "add"])(
  "where the bell can't be hung, the process still ends: %s",
  async (step) => {
    const script = `
    const { libc } = await import(${JSON.stringify(join(import.meta.dir, "../../ffi/mod.ts"))});
    const { Turns } = await import(
      ${JSON.stringify(join(import.meta.dir, "../../src/net/epoll/turns.ts"))}
    );
    const native = await libc();
    let calls = 0;
    const refused = ${["list", "delete", "add"].indexOf(step)};
    const epoll_ctl = (...args) => ++calls === refused ? -1 : native.epoll_ctl(...args);
    const socketpair = (...args) => {
      const made = native.socketpair(...args);
      const [openFiles, none] = [7, new Uint8Array(new ArrayBuffer(16))];
      // Without a descriptor for it, nobody can look what there is in /proc.
      if (refused === 0) native.setrlimit(openFiles, none);
      return made;
    };
    const turns = await Turns.open({ ...native, epoll_ctl, socketpair });
    console.log(turns === undefined, calls >= refused);
  `;
    const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "pipe" });
    const said = await new Response(child.stdout).text();
    expect(said + await new Response(child.stderr).text()).toBe("true true\n");
    expect(await child.exited).toBe(0);
  },
);
