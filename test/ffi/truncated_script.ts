// Run with a low limit of open files: receives more descriptors than there is room for.
import { readdirSync } from "node:fs";
import { libc, recvFds, sendFds, socketPair } from "../../ffi/mod.ts";

const c = await libc();
const [left, right] = socketPair(c);
const open = () => readdirSync("/proc/self/fd").length;
sendFds(c, left, Array.from({ length: 100 }, () => left), new Uint8Array(1));
const before = open();
const got = recvFds(c, right);
console.log(`${got.kind}, ${open() - before} more open`);
