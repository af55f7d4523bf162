import type { ByteStream } from "./byte_stream.ts";

/** What the first line of a tunnel asks of its server. */
export interface TunnelWish {
  /** Bytes that it says back before it breaks off; all of them, where there are fewer. */
  readonly cutAfter: number;
  readonly by: "end" | "reset";
}

export function tunnelLine({ cutAfter, by }: TunnelWish): string {
  return `${cutAfter} ${by}\n`;
}

/** Says back every byte, inverted, and ends its side when the client has ended its own. */
export async function serveTunnel(stream: ByteStream): Promise<void> {
  const line = await stream.textUpTo("\n");
  if (line === undefined) return stream.end();
  const [count, by] = line.trim().split(" ");
  let left = Number(count);
  for (;;) {
    const piece = await stream.piece();
    if (!piece) return stream.end();
    const own = piece.subarray(0, left);
    if (!await stream.write(own.map((byte) => byte ^ 255))) return stream.end();
    left -= own.length;
    if (left === 0) return by === "reset" ? stream.reset() : stream.end();
  }
}
