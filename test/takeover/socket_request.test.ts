import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { abstractAddress, libc, sendFds, unixFamily } from "../../ffi/mod.ts";
import { bindDefaults } from "../../src/config/compile/bind_draft.ts";
import { loadConfiguration } from "../../src/config/load.ts";
import { Address } from "../../src/lang/address.ts";
import { listenAt, type ListeningOptions } from "../../src/net/listening_socket.ts";
import { State } from "../../src/state/state.ts";
import { GivenSockets } from "../../src/takeover/given_sockets.ts";
import { decodeRecords, encodeRecord } from "../../src/takeover/socket_record.ts";
import { requestSockets } from "../../src/takeover/socket_request.ts";
import { freePort } from "../support/free_port.ts";

const native = await libc();
const folder = mkdtempSync(join(tmpdir(), "sluice-request-"));
const path = join(folder, "old.sock");
let stopServer: () => void = () => {};

afterEach(() => stopServer());
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/** A process that is asked for its sockets and does this instead, with its end of the connection. */
function old(answer: (fd: number, close: () => void) => void): void {
  rmSync(path, { force: true });
  const listener = Bun.listen({
    unix: path,
    socket: {
      data(socket) {
        answer((socket as unknown as { fd: number }).fd, () => socket.end());
      },
    },
  });
  stopServer = () => listener.stop(true);
}

const int = (value: number): Uint8Array => new Uint8Array(Int32Array.of(value).buffer);
const record = encodeRecord({ namespace: "", interface: "" });
/** Any descriptor; one of the connection itself would keep it open. */
const spare = 0;
const openDescriptors = (): number => readdirSync("/proc/self/fd").length;

test.each<[string, (fd: number, close: () => void) => void, string | RegExp]>([
  ["closes", (_fd, close) => close(), "closed without an answer"],
  [
    "is no HAProxy",
    (fd) => void sendFds(native, fd, [], Buffer.from("Unknown command\n")),
    "not that of a process",
  ],
  ["has no sockets", (fd) => void sendFds(native, fd, [], int(0)), "not that of a process"],
  ["says nothing", () => {}, "no answer within 1 s"],
  ["sends less than it says", (fd, close) => {
    sendFds(native, fd, [], int(2));
    sendFds(native, fd, [spare], record);
    close();
  }, /closed without an answer|takes nothing/],
  ["sends more than it says", (fd) => {
    sendFds(native, fd, [], int(1));
    sendFds(native, fd, [spare, spare], record);
  }, "more sockets came than announced"],
  ["sends records of nothing", (fd) => {
    sendFds(native, fd, [], int(1));
    sendFds(native, fd, [spare], Uint8Array.of(9, 9, 9));
  }, "the records can't be read"],
])("a process that %s gives nothing, and leaves nothing open", async (_what, answer, message) => {
  old(answer);
  const before = openDescriptors();
  await expect(requestSockets(native, path)).rejects.toThrow(message);
  stopServer();
  expect(openDescriptors()).toBeLessThanOrEqual(before);
});

test("records keep their names", () => {
  const records = [
    { namespace: "", interface: "lo" },
    { namespace: "blue", interface: "" },
    { namespace: "n".repeat(255), interface: "i".repeat(255) },
  ];
  const bytes = Buffer.concat(records.map(encodeRecord));
  expect([...encodeRecord(records[0]!)]).toEqual([0, 2, 108, 111, 0, 0, 0, 0]);
  expect(decodeRecords(bytes, 3)).toEqual(records);
  expect(decodeRecords(bytes, 2)).toBeUndefined();
  expect(decodeRecords(bytes.subarray(1), 3)).toBeUndefined();
});

test("a bind takes the socket that is as it would have made it", async () => {
  const options: ListeningOptions = {
    socket: bindDefaults().socket,
    backlog: 10,
    reusePort: false,
  };
  const [v4, v6, both] = [await freePort(), await freePort(), await freePort()];
  const name = `sluice-${process.pid}`;
  const unixPath = join(folder, "front.sock");
  const made = [
    listenAt(
      native,
      { kind: "tcp", host: "", port: v4, v6only: false },
      Address.parse("127.0.0.1"),
      options,
    ),
    listenAt(
      native,
      { kind: "tcp", host: "", port: v6, v6only: true },
      Address.parse("::"),
      options,
    ),
    listenAt(
      native,
      { kind: "tcp", host: "", port: both, v6only: false },
      Address.parse("::"),
      options,
    ),
    listenAt(native, { kind: "abstract", name, form: "padded" }, undefined, options),
    listenAt(native, { kind: "abstract", name, form: "exact" }, undefined, options),
    listenAt(
      native,
      { kind: "unix", path: unixPath, mode: undefined, uid: undefined, gid: undefined },
      undefined,
      options,
    ),
  ].map(({ fd }) => fd);
  const sockets = made.map((fd) => ({ fd, namespace: "", interface: "" }));
  const device = { fd: made[0]!, namespace: "", interface: "lo" };
  const { plan } = loadConfiguration(["x.cfg"], {
    staged: new State().stage(),
    readFile: () =>
      [
        "frontend fe",
        " mode tcp",
        ` bind localhost4:${v4}`,
        ` bind 127.0.0.1:${v4} interface lo`,
        ` bind 127.0.0.1:${v4} interface lo`,
        ` bind :::${v6} v6only`,
        ` bind :::${both} v6only`,
        ` bind [::]:${both} v4v6`,
        ` bind abnsz@${name}`,
        ` bind abns@${name}`,
        ` bind unix@${unixPath}`,
        ` bind 127.0.0.1:${v4} transparent`,
        "",
      ].join("\n").replace("localhost4", "127.0.0.1"),
  });
  const given = await GivenSockets.create(native, [device, ...sockets], plan!);
  const taken = plan!.frontends[0]!.binds.map((bind) => given.socketOf(bind));
  const [tcp4, tcp6, dual, padded, exact, unix] = made;
  expect(taken).toEqual([
    tcp4,
    tcp4,
    undefined,
    tcp6,
    undefined,
    dual,
    exact,
    padded,
    unix,
    undefined,
  ]);
  for (const fd of made) native.close(fd);
});

test("what no bind takes is closed", async () => {
  const fd = native.socket(unixFamily, 1, 0);
  const address = abstractAddress(`sluice-unused-${process.pid}`, "exact");
  native.bind(fd, address, address.length);
  native.listen(fd, 1);
  const { plan } = loadConfiguration(["x.cfg"], {
    staged: new State().stage(),
    readFile: () => "global\n stats socket /x\n",
  });
  const before = openDescriptors();
  const given = await GivenSockets.create(native, [{ fd, namespace: "", interface: "" }], plan!);
  given.closeUnused();
  expect(openDescriptors()).toBe(before - 1);
  const refused = await new Promise((resolve) => {
    net.connect({ path: `\0sluice-unused-${process.pid}` })
      .on("connect", () => resolve("connected"))
      .on("error", () => resolve("refused"));
  });
  expect(refused).toBe("refused");
});
