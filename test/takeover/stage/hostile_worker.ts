import { readFileSync, writeSync } from "node:fs";
import { adoptSocket } from "../../../src/net/adopted_socket.ts";
import { libc } from "../../../ffi/mod.ts";

/*
 * A worker that somebody else has got hold of: it says what it is told to say to its parent, from a
 * file, prints what it hears, and answers that with what never ends. Started in the place of the program, by its own name.
 */

await libc();
const flood = "x".repeat(50_000);
const { role } = JSON.parse(process.env.SLUICE_ROLE!) as { role: { channel: number } };
process.on("SIGTERM", () => process.exit(143));
const gone = () => process.stderr.write("the parent listens no more\n");
adoptSocket(role.channel, "reading", (connection) => {
  connection.handler = {
    onData(bytes) {
      process.stderr.write(`the parent says ${new TextDecoder().decode(bytes)}`);
      writeSync(role.channel, flood);
    },
    onDrain() {},
    onEnd: gone,
    onClose: gone,
  };
  writeSync(role.channel, readFileSync(process.env.HOSTILE_WORDS!));
}, gone);
setInterval(() => {}, 60_000);
