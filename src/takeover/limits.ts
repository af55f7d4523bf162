import { messageFdsMax } from "../../ffi/mod.ts";

/** How long each step of a takeover may take, and how much of it goes at once. */
export interface TakeoverLimits {
  /** For an answer that needs no work. */
  readonly answerMs: number;
  /** For all of State. */
  readonly stateMs: number;
  /** … in words and in messages, until the new process accepts: it may have all rights until then. */
  readonly stateLettersMax: number;
  readonly statePartsMax: number;
  /** For the new process to read its configuration and warm up, sockets and State at hand. */
  readonly readyMs: number;
  /** … and how long it may say nothing meanwhile: it may read a large file, or start a module. */
  readonly readySilenceMs: number;
  /** How long the new process has to prove itself before connections move to it. */
  readonly probationMs: number;
  /** After so many answers in its probation they are looked at … */
  readonly trialAnswersMin: number;
  /** … and the share of errors of its own may be larger than the other process's by this. */
  readonly trialErrorShareMax: number;
  /** How often it says meanwhile that it is alive, and after how long a silence it is given up. */
  readonly aliveEveryMs: number;
  readonly silenceMs: number;
  /** For a batch of connections; they stand still meanwhile. */
  readonly batchMs: number;
  /** Clients of one batch, each with its servers' connections. As many as go on within `freezeMs`. */
  readonly batchConnectionsMin: number;
  readonly batchConnectionsMax: number;
  readonly freezeMs: number;
  /** With the idle connections to servers that go along. */
  readonly batchDescriptorsMax: number;
  /**
   * What a batch is in words, and the bytes that its connections have read or not sent yet: together
   * one frame, in which any letter may be two bytes.
   */
  readonly batchBytesMax: number;
  /** For the new process to be found from then on; all clients are its own by now, and keep it busy. */
  readonly finalMs: number;
  /** How long to wait before another look, when nothing can move. */
  readonly retryMs: number;
  /** How often it may be said what is waited for. */
  readonly waitingSaidEveryMs: number;
}

export const defaultLimits: TakeoverLimits = {
  answerMs: 2000,
  stateMs: 30_000,
  // A million keys of maps that have changed, with room to spare; their messages may be small.
  stateLettersMax: 256 * 1024 * 1024,
  statePartsMax: 16_384,
  readyMs: 60_000,
  readySilenceMs: 10_000,
  probationMs: 3000,
  trialAnswersMin: 20,
  trialErrorShareMax: 0.25,
  aliveEveryMs: 250,
  silenceMs: 3000,
  batchMs: 2000,
  batchConnectionsMin: 12,
  batchConnectionsMax: 48,
  freezeMs: 15,
  batchDescriptorsMax: messageFdsMax,
  // Two reads of the runtime in either direction, which is what a pipe holds at most, and words.
  batchBytesMax: 4 * 512 * 1024 + 128 * 1024,
  finalMs: 5000,
  retryMs: 5,
  waitingSaidEveryMs: 1000,
};
