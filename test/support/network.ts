import process from "node:process";

let made = 0;

/** Whether interfaces and namespaces can be made here: that takes root. */
export const canMakeNetworks = process.getuid?.() === 0 && Bun.which("ip") !== null;

/** A network device or namespace that the test made; disposing takes it away. */
export interface MadeNetwork extends Disposable {
  readonly name: string;
}

/** A bridge without members that is up. */
export function bridgeInterface(): MadeNetwork {
  const name = freshName();
  ip("link", "add", name, "type", "bridge");
  ip("link", "set", name, "up");
  return { name, [Symbol.dispose]: () => ip("link", "del", name) };
}

/** A network namespace whose loopback interface is up. */
export function networkNamespace(): MadeNetwork {
  const name = freshName();
  ip("netns", "add", name);
  ip("-n", name, "link", "set", "lo", "up");
  return { name, [Symbol.dispose]: () => ip("netns", "del", name) };
}

function freshName(): string {
  return `slc${process.pid}x${++made}`;
}

function ip(...args: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(["ip", ...args]);
  if (exitCode !== 0) throw new Error(`ip ${args.join(" ")}: ${stderr.toString().trim()}`);
}
