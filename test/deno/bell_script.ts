import { libc, socketPair } from "../../ffi/mod.ts";
import { Bell } from "../../src/net/epoll/bell.ts";
import { Epoll } from "../../src/net/epoll/epoll.ts";

const native = await libc();
const epoll = new Epoll(native);
const [watched, other] = socketPair(native);
const byte = new Uint8Array(new ArrayBuffer(1));
let rings = 0;
let told = Promise.withResolvers<void>();
const ready = () => {
  native.recv(watched, byte, 1, 0x40);
  told.resolve();
};
const bell = await Bell.hang(native, epoll.fd, () => {
  rings++;
  epoll.tell();
});
epoll.watch({ fd: watched, watch: "changes", generation: 0, ready });
const counts: number[] = [];
for (let i = 0; i < 3; i++) {
  told = Promise.withResolvers();
  native.send(other, byte, 1, 0);
  await told.promise;
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  counts.push(rings);
}
bell!.holds = false;
console.log(JSON.stringify(counts));
