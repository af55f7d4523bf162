import { createSocket, type Socket } from "node:dgram";

/** A syslog receiver over UDP that keeps every line. */
export class SyslogSink {
  port = 0;
  #socket: Socket | undefined;
  #lines: string[] = [];
  #wake: (() => void) | undefined;

  start(): Promise<void> {
    const socket = createSocket("udp4");
    this.#socket = socket;
    socket.on("message", (bytes) => {
      this.#lines.push(bytes.toString("latin1"));
      this.#wake?.();
    });
    return new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(0, "127.0.0.1", () => {
        this.port = socket.address().port;
        resolve();
      });
    });
  }

  /** Waits until `count` lines contain `text`; returns those that came before the deadline. */
  async matching(text: string, count: number, deadlineMs: number): Promise<readonly string[]> {
    const deadlineAt = Date.now() + deadlineMs;
    for (;;) {
      const lines = this.#lines.filter((line) => line.includes(text));
      const left = deadlineAt - Date.now();
      if (lines.length >= count || left <= 0) return lines;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  stop(): void {
    this.#socket?.close();
  }
}
