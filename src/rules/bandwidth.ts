/** Which way bytes go: from the client to a server, or back. */
export type FlowDirection = "upload" | "download";

/** So many bytes, at most, in so long. */
export interface Bandwidth {
  readonly limitBytes: number;
  readonly periodMs: number;
}

/**
 * A proxy's `filter bwlim-in` or `bwlim-out`. It limits nothing by itself: `set-bandwidth-limit`
 * puts a stream under it.
 */
export interface BandwidthFilter extends Bandwidth {
  readonly name: string;
  readonly direction: FlowDirection;
}
