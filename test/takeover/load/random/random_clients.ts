import { type Counts, Held, type Load } from "../load.ts";
import { httpVisits } from "./http_visits.ts";
import { tunnelVisits } from "./tunnel_visits.ts";
import { type RandomDoors, Sums, Visit } from "./visit.ts";

/** Clients of every kind, one after the other in each of some places. */
export interface RandomPlan {
  readonly kind: "random clients";
  readonly doors: RandomDoors;
  /** How many there are at once. */
  readonly count: number;
  readonly seed: number;
  /** A regular expression for the names of the scripts that are played. */
  readonly only?: string | undefined;
}

export interface RandomTally extends Sums {
  readonly visits: number;
  readonly visitsByScript: Counts;
  readonly underWay: number;
  readonly faulty: number;
  /** What the first ones were. */
  readonly faults: readonly string[];
}

const faultsMax = 10;
/** Who takes so long has lost something. */
const visitMsMax = 60_000;

const scripts = { ...httpVisits, ...tunnelVisits };

export class RandomClients implements Load<RandomTally> {
  readonly #sums = new Sums();
  readonly #byScript: Counts = {};
  readonly #faults: string[] = [];
  readonly #names: readonly string[];
  readonly #held = new Held(() => this.#underWay === 0);
  #begun = 0;
  #faulty = 0;
  #underWay = 0;

  constructor(private readonly plan: RandomPlan) {
    const only = new RegExp(plan.only ?? "");
    this.#names = Object.keys(scripts).filter((name) => only.test(name));
    this.go();
  }

  tally(): RandomTally {
    return {
      ...this.#sums,
      visits: this.#begun - this.#underWay,
      visitsByScript: this.#byScript,
      underWay: this.#underWay,
      faulty: this.#faulty,
      faults: this.#faults,
    };
  }

  hold(): Promise<void> {
    return this.#held.hold();
  }

  go(): void {
    this.#held.go();
    while (this.#underWay < this.plan.count) void this.#come();
  }

  end(): Promise<void> {
    return this.hold();
  }

  async #come(): Promise<void> {
    this.#underWay++;
    while (!this.#held.on) await this.#visit(this.#begun++);
    this.#underWay--;
    this.#held.look();
  }

  async #visit(number: number): Promise<void> {
    const { seed, doors } = this.plan;
    const visit = new Visit(seed, number, doors, this.#sums);
    const name = visit.dice.pick(this.#names);
    this.#byScript[name] = (this.#byScript[name] ?? 0) + 1;
    const late = setTimeout(() => {
      this.#note(`visit ${number} ${name}: hangs where it ${visit.step}`);
      visit.leave();
    }, visitMsMax);
    const since = Date.now();
    try {
      await scripts[name]!(visit);
    } catch (error) {
      this.#note(
        `visit ${number} ${name}: ${error}, where it ${visit.step}, after ${Date.now() - since} ms`,
      );
    }
    clearTimeout(late);
    visit.leave();
  }

  #note(fault: string): void {
    this.#faulty++;
    if (this.#faults.length < faultsMax) this.#faults.push(fault);
  }
}
