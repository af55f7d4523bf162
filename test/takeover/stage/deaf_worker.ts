import { writeSync } from "node:fs";

/*
 * A worker that somebody else has got hold of: it asks its parent for what it will not get, and reads
 * none of the answers. Started in the place of the program, by its own name.
 */

/** Refusals with this name in them are 100 MB together. */
const request = JSON.stringify({ kind: "start", mode: "require", program: "/".padEnd(4000, "x") });
const requestsMax = 25_000;

const { role } = JSON.parse(process.env.SLUICE_ROLE!) as { role: { channel: number } };
let asked = 0;
process.on("SIGTERM", () => process.exit(143));

function ask(): void {
  try {
    for (; asked < requestsMax; asked++) writeSync(role.channel, `${request}\n`);
    process.stderr.write("the parent has taken all of it\n");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EAGAIN") return void setTimeout(ask, 1);
    process.stderr.write(`the parent listens no more: ${code}\n`);
  }
}

writeSync(role.channel, "ready-confined\n");
ask();
setInterval(() => {}, 60_000);
