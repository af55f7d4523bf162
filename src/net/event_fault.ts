/** Told of every exception that a socket handler threw: a defect, which costs one connection. */
export type FaultSink = (error: unknown) => void;

let sink: FaultSink = (error) => console.error(error);

/** Sends defects somewhere else than standard error. */
export function onFault(to: FaultSink): void {
  sink = to;
}

export function report(error: unknown): void {
  sink(error);
}
