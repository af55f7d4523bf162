/** One thing that a client or an origin of a case does, or waits for. Texts are latin1. */
export type Step =
  /**
   * Sends pieces, each after the other side has read the one before. `NAME` stands for who sends,
   * `PEER` for the address of the other side.
   */
  | { readonly does: "send"; readonly pieces: readonly string[] }
  /** Waits until what was received holds a text. */
  | { readonly does: "until"; readonly text: string }
  /** Waits until so many bytes were received. */
  | { readonly does: "bytes"; readonly count: number }
  /** Waits until the other side has read all that was sent. */
  | { readonly does: "delivered" }
  /** Ends the sending side; reading goes on. */
  | { readonly does: "half-close" }
  | { readonly does: "close" }
  | { readonly does: "reset" }
  /** Waits for the end of what the other side sends. */
  | { readonly does: "end" }
  /** Sees that nothing comes for a while, no end either. */
  | { readonly does: "quiet" }
  /** Stops reading; what is sent waits in the kernel. */
  | { readonly does: "stop-reading" }
  /** Lets those go on who wait for this word. */
  | { readonly does: "tell"; readonly word: string }
  /** Waits for a word that another client or origin of the case tells. */
  | { readonly does: "hear"; readonly word: string };

export const send = (...pieces: readonly string[]): Step => ({ does: "send", pieces });
export const until = (text: string): Step => ({ does: "until", text });
export const bytes = (count: number): Step => ({ does: "bytes", count });
export const delivered: Step = { does: "delivered" };
export const halfClose: Step = { does: "half-close" };
export const close: Step = { does: "close" };
export const reset: Step = { does: "reset" };
export const end: Step = { does: "end" };
export const quiet: Step = { does: "quiet" };
export const stopReading: Step = { does: "stop-reading" };
export const tell = (word: string): Step => ({ does: "tell", word });
export const hear = (word: string): Step => ({ does: "hear", word });

export type Script = readonly Step[];

/** One connection to the gateway. */
export interface TcpClientPlan {
  readonly script: Script;
  /** Loopback address it connects from. */
  readonly from?: string;
  /** Comes to the port that stands for `OTHERPORT` in the case's lines. */
  readonly door?: "other";
  /** Name of a unix socket of the case (`UNIX(name)` in its lines), instead of the frontend's port. */
  readonly unix?: string;
}

/** What must come out where haproxy 2.6 answers otherwise than 3.5: lines of the observation. */
export type Lines = readonly string[];

/**
 * A case as data: configuration in HAProxy's language, the same for both sides, and what everybody
 * does. In lines `CASE` stands for the name of the case's sections (`c0017`), `HOST` for its
 * address, `ORIGIN1`, `ORIGIN2` … for origins of its own, `REFUSED` for an address where nothing
 * listens, `DEAF` for one that never answers, `PORT1` … for the origins' ports,
 * `OTHERPORT` for one more port that a section of the case may listen on, `UNIX(name)` for the path of a unix socket and
 * `FILE(name)` for that of a file.
 */
export interface TcpCase {
  readonly name: string;
  /** Lines of the frontend. */
  readonly frontend?: readonly string[];
  /** Options of its bind line. */
  readonly bind?: string;
  /** Name of a defaults section of the case that the frontend, and every backend, is made from. */
  readonly from?: string;
  /** Another one for the backends. */
  readonly backendsFrom?: string;
  /** Lines of backends by short name; `main` with one server on ORIGIN1 when absent. */
  readonly backends?: Readonly<Record<string, readonly string[]>>;
  /** Further sections, before the others: header to lines. */
  readonly sections?: Readonly<Record<string, readonly string[]>>;
  readonly files?: Readonly<Record<string, string>>;
  /** One after the other, or all at once. */
  readonly clients: readonly TcpClientPlan[];
  readonly together?: boolean;
  /**
   * Scripts by origin (`o1`), in order of its connections; the last one repeats. An origin without
   * scripts says its name and a line feed when it has heard anything, and ends when the client does.
   */
  readonly origins?: Readonly<Record<string, readonly Script[]>>;
  /** Origins that listen on a unix socket (`UNIX(o1)`) as well. */
  readonly unixOrigins?: readonly string[];
  /** Log lines to wait for and compare; as many as clients when absent. */
  readonly logs?: number;
  /** Parts that differ between any two runs. */
  readonly mask?: readonly RegExp[];
  /** HTTP is spoken: names of fields are compared in lower case, and `Connection: close` is left out. */
  readonly http?: boolean;
  /** Somebody waits for what never comes; elsewhere that makes a case wrong. */
  readonly inVain?: boolean;
  /** How connections ended is left to chance: a reset may overtake what was sent before it. */
  readonly endsLoose?: boolean;
}

/** Says its name once it has heard anything. */
export const namer: Script = [bytes(1), send("NAME\n"), end, close];
/** Says its name at once. */
export const greeter: Script = [send("NAME\n"), end, close];

/** Sends, waits for a line, and leaves in order. */
export function ask(...pieces: readonly string[]): TcpClientPlan {
  return { script: [send(...pieces), until("\n"), halfClose, end, close] };
}

/** Sends, and waits for the end that the gateway makes. */
export function turnedAway(...pieces: readonly string[]): TcpClientPlan {
  return { script: [...(pieces.length > 0 ? [send(...pieces)] : []), end, close] };
}
