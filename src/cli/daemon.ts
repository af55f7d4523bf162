import { startSelf } from "./process_role.ts";

/**
 * Starts the same command line in the background, and waits until it serves.
 *
 * @returns the exit status: 0 once it serves, else its own
 */
export function startDaemon(args: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    // Its messages come on our terminal until it lets go of that by itself.
    const child = startSelf({
      args: ["-D", ...args],
      detached: true,
      roleAt: (channel) => ({ kind: "daemon", channel }),
      said(word) {
        if (word !== "ready" && word !== "ready-confined") return;
        child.release();
        resolve(0);
      },
    });
    void child.exited.then((status) => resolve(status === 0 ? 0 : 1));
  });
}
