import { afterAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import {
  duplicate,
  FdChannel,
  libc,
  messageFdsMax,
  peerCredentials,
  recvFds,
  sendFds,
  socketPair,
  testFdPassing,
} from "../../ffi/mod.ts";

const c = await libc();
const opened: number[] = [];

function pair(): readonly [number, number] {
  const fds = socketPair(c);
  opened.push(...fds);
  return fds;
}

function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

function received(socket: number) {
  const got = recvFds(c, socket);
  if (got.kind !== "received") throw new Error(`Expected a message, got ${got.kind}`);
  opened.push(...got.fds);
  return got;
}

afterAll(() => {
  for (const fd of opened) c.close(fd);
});

test("the platform passes its own test, and leaves nothing open", () => {
  const before = descriptors();
  expect(testFdPassing(c)).toEqual({ works: true });
  expect(descriptors()).toBe(before);
});

describe("descriptors", () => {
  test("arrive as the same sockets under other numbers", () => {
    const [left, right] = pair();
    const [a, b] = pair();
    expect(sendFds(c, left, [a, b], Buffer.from("hi"))).toEqual({ kind: "sent", bytes: 2 });
    const { data, fds } = received(right);
    expect(Buffer.from(data).toString()).toBe("hi");
    expect(fds.map((fd) => readlinkSync(`/proc/self/fd/${fd}`))).toEqual(
      [a, b].map((fd) => readlinkSync(`/proc/self/fd/${fd}`)),
    );
  });

  test("of a listening socket go on accepting after its first owner has stopped", async () => {
    const [left, right] = pair();
    const first = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const { port } = first;
    sendFds(c, left, [(first as unknown as { fd: number }).fd], new Uint8Array(1));
    const [fd] = received(right).fds;
    first.stop();
    const answered = Bun.listen(
      {
        fd,
        socket: {
          open(socket: import("bun").Socket) {
            socket.end("second");
          },
          data() {},
        },
      } as never,
    );
    const text = await new Promise<string>((resolve) => {
      void Bun.connect({
        hostname: "127.0.0.1",
        port,
        socket: { data: (_socket, bytes) => resolve(bytes.toString()) },
      });
    });
    (answered as { stop(): void }).stop();
    expect(text).toBe("second");
  });

  test(`come ${messageFdsMax} at a time, and not one more`, () => {
    const [left, right] = pair();
    const [a] = pair();
    const many = Array.from({ length: messageFdsMax }, () => a);
    expect(sendFds(c, left, many, new Uint8Array(1)).kind).toBe("sent");
    expect(received(right).fds).toHaveLength(messageFdsMax);
    expect(() => sendFds(c, left, [...many, a], new Uint8Array(1))).toThrow(RangeError);
    expect(() => sendFds(c, left, [a], new Uint8Array(0))).toThrow(RangeError);
  });

  test("close on exec", () => {
    const [left, right] = pair();
    const [a] = pair();
    sendFds(c, left, [a], new Uint8Array(1));
    const [fd] = received(right).fds;
    expect(c.fcntl(fd!, 1, 0)).toBe(1);
  });

  test("of a message that bytes precede may come with those: the data says whose they are", () => {
    const [left, right] = pair();
    const [a] = pair();
    sendFds(c, left, [], Buffer.from("AAAA"));
    sendFds(c, left, [a], Buffer.from("BBBB"));
    const { data, fds } = received(right);
    expect(Buffer.from(data).toString()).toBe("AAAABBBB");
    expect(fds).toHaveLength(1);
  });
});

describe("a socket that has nothing to give or take", () => {
  test("is empty, ended or full", () => {
    const [left, right] = pair();
    expect(recvFds(c, right)).toEqual({ kind: "empty" });
    const piece = new Uint8Array(65536);
    let last = sendFds(c, left, [], piece);
    for (let i = 0; i < 64 && last.kind === "sent"; i++) last = sendFds(c, left, [], piece);
    expect(last).toEqual({ kind: "full" });
    const [one, other] = socketPair(c);
    c.close(one);
    expect(recvFds(c, other)).toEqual({ kind: "ended" });
    c.close(other);
    const closed = recvFds(c, other);
    expect(closed.kind === "failed" && closed.error.code).toBe("EBADF");
  });

  test("takes the part of a large piece that fits, and the descriptors with it", () => {
    const [left, right] = pair();
    const [a] = pair();
    const channel = new FdChannel(c, 1 << 20);
    const sent = channel.send(left, [a], new Uint8Array(1 << 20));
    if (sent.kind !== "sent") throw new Error(sent.kind);
    expect(sent.bytes).toBeLessThan(1 << 20);
    const got = channel.receive(right);
    expect(got.kind === "received" && got.fds.length).toBe(1);
    if (got.kind === "received") opened.push(...got.fds);
  });
});

test("descriptors that find no room end the message, and those that came are closed", () => {
  const script = join(import.meta.dir, "truncated_script.ts");
  const run = Bun.spawnSync([
    "bash",
    "-c",
    `ulimit -n 60; exec "$0" "$1"`,
    process.execPath,
    script,
  ]);
  expect(run.stdout.toString()).toBe("truncated, 0 more open\n");
});

test("credentials are those of this process", () => {
  const [left] = pair();
  expect(peerCredentials(c, left)).toEqual({
    pid: process.pid,
    uid: process.getuid!(),
    gid: process.getgid!(),
  });
});

test("a duplicate is another number for the same socket", () => {
  const [left, right] = pair();
  const copy = duplicate(c, left);
  opened.push(copy);
  expect(copy).not.toBe(left);
  sendFds(c, copy, [], Buffer.from("x"));
  expect(Buffer.from(received(right).data).toString()).toBe("x");
});

/** The program of the documentation, as its readers copy it. */
test("the example of 'sendFds' runs on Bun and on Deno", () => {
  const root = join(import.meta.dir, "..", "..");
  const text = readFileSync(join(root, "ffi", "pass_fds.ts"), "utf8");
  const lines = text.split("```ts")[1]!.split("```")[0]!.replaceAll("\n * ", "\n").replaceAll(
    "\n *\n",
    "\n\n",
  );
  const program = lines.replace("sluice/ffi", join(root, "ffi", "mod.ts"));
  const deno = join(root, "node_modules", ".bin", "deno");
  for (const command of [[process.execPath, "run", "-"], [deno, "run", "-A", "--ext=ts", "-"]]) {
    const run = Bun.spawnSync(command, {
      cwd: root,
      stdin: Buffer.from(program),
      env: { ...process.env, NO_COLOR: "1" },
    });
    expect(run.stderr.toString() + run.stdout.toString())
      .toBe("1 descriptor came with 1 byte\n");
  }
});

test("Deno passes descriptors with the same structures", () => {
  const deno = join(import.meta.dir, "..", "..", "node_modules", ".bin", "deno");
  const script = join(import.meta.dir, "deno_script.ts");
  const run = Bun.spawnSync([deno, "run", "-A", script], {
    env: { ...process.env, NO_COLOR: "1" },
  });
  expect(run.stderr.toString() + run.stdout.toString()).toBe("works true\n2 descriptors, hello\n");
});
