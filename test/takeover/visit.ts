import net from "node:net";

/** An address of a runtime's socket. */
export type Door = { readonly host: string; readonly port: number } | { readonly path: string };

const request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/** One connection, one request; resolves to the body of the answer. */
export function visit(door: Door): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = net.connect({ ...door }, () => socket.write(request));
    socket.setEncoding("latin1");
    socket.on("data", (piece) => answer += piece);
    socket.on("error", reject);
    socket.on("close", () => {
      const whole = /^HTTP\/1\.1 200 [^]*?content-length: (\d+)\r\n[^]*?\r\n\r\n([^]*)$/i.exec(
        answer,
      );
      if (whole && whole[2]!.length === Number(whole[1])) resolve(whole[2]!);
      else reject(new Error(`no answer, but ${JSON.stringify(answer)}`));
    });
  });
}
