import { expect, test } from "bun:test";
import { endureRandom, type RandomStanding } from "./load/random/random_endurance.ts";

// `npm run soak -- --random` does the same for as long as one likes.
test.each(["epoll", "runtime"])(
  "clients of every kind through two upgrades on %s sockets: nothing wrong, lost or left over",
  async (sockets) => {
    const usual = process.env.SLUICE_SOCKETS;
    process.env.SLUICE_SOCKETS = sockets;
    const standings: RandomStanding[] = [];
    try {
      await endureRandom({
        seed: 1,
        upgrades: 2,
        minutes: Infinity,
        clients: 12,
        between: [20, 40],
        quietEvery: 1,
        // Where a machine has no time for anybody, another patience ends than should.
        only: "^(?!loses patience)",
      }, (standing) => standings.push(standing));
    } finally {
      if (usual === undefined) delete process.env.SLUICE_SOCKETS;
      else process.env.SLUICE_SOCKETS = usual;
    }
    expect(standings).toHaveLength(2);
    expect(standings.at(-1)!.tally.visits).toBeGreaterThan(60);
  },
  300_000,
);
