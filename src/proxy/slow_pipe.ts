import type { Paces, StreamPaces } from "./pace.ts";
import type { Pipe, PipeEnd, PipeGate } from "./pipe.ts";
import { Throttle } from "./throttle.ts";

/** Holds both directions of a pipe to their paces. */
export function slowPipe(pipe: Pipe, { upload, download }: StreamPaces): void {
  pipe.client.gate ??= new SlowGate(pipe.client, upload);
  pipe.server.gate ??= new SlowGate(pipe.server, download);
}

/** Lets what one end sends pass in its time. */
class SlowGate implements PipeGate {
  readonly throttle: Throttle;

  constructor(private readonly end: PipeEnd, paces: Paces) {
    this.throttle = new Throttle(paces, {
      pass(bytes, from, to) {
        end.other.out.bytes(bytes, from, to);
        end.moved();
      },
      caughtUp() {
        if (end.lost) end.endWhenRead();
        else end.pipe.settle();
      },
    });
  }

  get full(): boolean {
    return this.throttle.waits;
  }

  get holds(): boolean {
    return this.throttle.waits;
  }

  take(bytes: Uint8Array): void {
    this.throttle.take(bytes);
    if (this.full) this.end.hold();
  }

  ended(): void {}

  stop(): void {
    this.throttle.stop();
  }
}
