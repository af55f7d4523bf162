// Run by Deno: passes two descriptors to itself.
import { libc, recvFds, sendFds, socketPair, testFdPassing } from "../../ffi/mod.ts";

const c = await libc();
console.log("works", testFdPassing(c).works);
const [left, right] = socketPair(c);
sendFds(c, left, [left, right], new TextEncoder().encode("hello"));
const got = recvFds(c, right);
if (got.kind === "received") {
  console.log(`${got.fds.length} descriptors, ${new TextDecoder().decode(got.data)}`);
} else console.log(got.kind);
