/** Where lines go: a stream or datagrams. Never blocks; what it can't take is dropped and counted. */
export interface LogDestination {
  /** Lines lost so far: the buffer was full, or the other side is gone. */
  readonly dropped: number;
  /** Takes one line, latin1, its line end included. */
  write(line: string): void;
  /** Opens a file again under its name, after it was rotated away. Elsewhere nothing. */
  reopen(): void;
  /** Resolves when what was taken is written, or can't be. */
  close(): Promise<void>;
}

/** A log target that can't be opened: told at start, before anything serves. */
export class LogTargetError extends Error {
  override name = "LogTargetError";
  readonly code = "log-target";
}
