import type { Bandwidth, BandwidthFilter } from "../../rules/bandwidth.ts";
import { StreamPaces } from "../pace.ts";
import { Throttle } from "../throttle.ts";
import type { Exchange } from "./exchange.ts";
import { passRequestBytes, uploadCaughtUp } from "./request_body.ts";
import { downloadCaughtUp, passResponseBytes } from "./response_phase.ts";

/** Holds the bodies of an exchange to what rules have limited; heads pass at once, as in HAProxy. */
export class SlowBodies {
  readonly upload: Throttle;
  readonly download: Throttle;

  constructor(x: Exchange, readonly paces: StreamPaces = new StreamPaces()) {
    this.upload = new Throttle(paces.upload, {
      pass: (bytes, from, to) => passRequestBytes(x, bytes, from, to),
      caughtUp: () => uploadCaughtUp(x),
    });
    this.download = new Throttle(paces.download, {
      pass: (bytes, from, to) => passResponseBytes(x, bytes, from, to),
      caughtUp: () => downloadCaughtUp(x),
    });
  }

  limit(filter: BandwidthFilter, to: Bandwidth): void {
    this.paces.limit(filter, to);
  }

  stop(): void {
    this.upload.stop();
    this.download.stop();
  }
}
