/** What every algorithm must do; each runs all of them. */
export interface BalanceCase {
  readonly name: string;
  readonly servers: readonly {
    readonly weight?: number;
    readonly backup?: true;
    readonly down?: true;
    readonly drained?: true;
    /** Connections held, out of `maxconn`. */
    readonly busy?: number;
    readonly maxconn?: number;
  }[];
  readonly allBackups?: true;
  /** Index of the server that just failed. */
  readonly excluded?: number;
  /** Indexes of the servers that may be chosen; empty when none may. */
  readonly allowed: readonly number[];
  /** All of the allowed ones must be seen when many clients come. */
  readonly spread?: true;
}

export const balanceCases: readonly BalanceCase[] = [
  { name: "no server", servers: [], allowed: [] },
  { name: "one server", servers: [{}], allowed: [0] },
  { name: "a server that is down", servers: [{ down: true }, {}], allowed: [1] },
  { name: "all down", servers: [{ down: true }, { down: true }], allowed: [] },
  { name: "a drained server", servers: [{}, { drained: true }], allowed: [0] },
  { name: "weight 0", servers: [{ weight: 0 }, { weight: 5 }], allowed: [1] },
  { name: "only weight 0", servers: [{ weight: 0 }], allowed: [] },
  { name: "the largest weight", servers: [{ weight: 256 }, { weight: 0 }], allowed: [0] },
  { name: "a backup beside an active one", servers: [{ backup: true }, {}], allowed: [1] },
  {
    name: "the first usable backup alone",
    servers: [{ down: true }, { backup: true, down: true }, { backup: true }, { backup: true }],
    allowed: [2],
  },
  {
    name: "all backups",
    servers: [{ down: true }, { backup: true }, { backup: true }],
    allBackups: true,
    allowed: [1, 2],
    spread: true,
  },
  { name: "the excluded one last", servers: [{}, {}], excluded: 0, allowed: [1] },
  { name: "the excluded one alone", servers: [{}, { down: true }], excluded: 0, allowed: [0] },
];

/** Cases that `source` answers in another way: it points to a server whatever its load. */
export const fullCases: readonly BalanceCase[] = [
  { name: "a full server", servers: [{ maxconn: 2, busy: 2 }, { maxconn: 2 }], allowed: [1] },
  { name: "all full", servers: [{ maxconn: 1, busy: 1 }, { maxconn: 2, busy: 2 }], allowed: [] },
];
