import net from "node:net";

/** Sends text to a runtime command socket, half-closes, and reads to the end, as scripts do. */
export function askControl(path: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = net.connect({ path, allowHalfOpen: true }, () => socket.end(text, "latin1"));
    socket.setEncoding("latin1");
    socket.on("data", (piece) => answer += piece);
    socket.on("error", reject);
    socket.on("close", () => resolve(answer));
  });
}

const pollMs = 10;
const pollsMax = 500;

/** Waits until something answers there; resolves to the answer. */
export async function untilControl(path: string, text: string): Promise<string> {
  for (let polls = 0;; polls++) {
    try {
      return await askControl(path, text);
    } catch (error) {
      if (polls === pollsMax) throw error;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }
}
