/**
 * Told of every exception that a socket handler threw: a defect, which costs one connection. `where`
 * names what the operator brought, when the exception is its own.
 */
export type FaultSink = (error: unknown, where?: string) => void;

let sink: FaultSink = (error) => console.error(error);

/** Sends defects somewhere else than standard error. */
export function onFault(to: FaultSink): void {
  sink = to;
}

export function report(error: unknown, where?: string): void {
  sink(error, where);
}
