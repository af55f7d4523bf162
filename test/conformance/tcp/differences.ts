/** What a case comes to where Debian's haproxy 2.6 does otherwise than 3.5, or we do with a reason. */
interface TcpDifference {
  readonly why: string;
  readonly names: readonly string[];
  /** Lines of the observation that must be there, and no others of their kind (`client 0`, `log` …). */
  readonly lines: readonly string[];
}

const served = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => [`client ${n} < "o1\\n"`, `client ${n} ended`]).flat();

const DIFFERENCES: readonly TcpDifference[] = [
  {
    why: "HAProxy reads a PROXY header in one piece and drops a connection whose header is torn; " +
      "a network may tear it",
    names: ["PROXY in: version 1 in pieces"],
    lines: served(8),
  },
  {
    why: "as a header of version 1 in pieces",
    names: ["PROXY in: version 2 in pieces"],
    lines: served(9),
  },
  {
    why: "as a header of version 1 in pieces",
    names: ["PROXY in: version 1 byte by byte"],
    lines: served(1),
  },
  {
    why:
      "a session that a rule rejects is logged by HAProxy as an error called 'Success'; here it " +
      "is counted (dses), as without a PROXY header",
    names: ["session: rejected by the address in a PROXY header"],
    lines: ["log CASE CASE_main/o1 t/t/t 3 -- retries 0 queued 0/0"],
  },
  {
    why: "HAProxy has passed the bytes on when it balances by them, finds none and takes turns",
    names: ["balance: hash of a sample"],
    lines: [2, 3, 4, 1, 2].flatMap((
      o,
      n,
    ) => [`client ${n} < "o${o}\\n"`, `client ${n} ended`]),
  },
  {
    why: "a client that was silent until its time was over is said to have been: cR, not PR",
    names: ["upgrade: nothing comes at all"],
    lines: ["log CASE CASE/<NOSRV> -/-/t bytes cR retries 0 queued 0/0"],
  },
];

const byName = new Map(DIFFERENCES.flatMap((one) => one.names.map((name) => [name, one] as const)));

export const tcpDifference = (name: string): TcpDifference | undefined => byName.get(name);

/** All names that differences speak of, to see that each of them exists. */
export const differingTcpNames: readonly string[] = [...byName.keys()];
