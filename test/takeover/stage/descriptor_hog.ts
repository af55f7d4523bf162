// Run by a user whose processes are to find no room for descriptors on their way: sends as many as
// it is told to where nobody takes them, and holds them there.
import { openSync } from "node:fs";
import process from "node:process";
import { libc, messageFdsMax, sendFds, socketPair } from "../../../ffi/mod.ts";

const native = await libc();
const [left] = socketPair(native);
const file = openSync("/dev/null", "r");
for (let held = Number(process.argv[2]); held > 0; held -= messageFdsMax) {
  const fds = Array.from({ length: Math.min(held, messageFdsMax) }, () => file);
  const sent = sendFds(native, left, fds, new Uint8Array(1));
  if (sent.kind !== "sent") throw new Error(sent.kind);
}
process.stdout.write("held\n");
setInterval(() => {}, 1000);
