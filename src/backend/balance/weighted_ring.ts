import { type ServerState, weightScale } from "../../state/server_state.ts";

/** Where a server waits for its next turn. */
const enum Place {
  /** Not usable. */
  Out,
  /** Has a position in the running round. */
  Current,
  /** Has had no turn in the running round yet: heavier ones go first. */
  Fresh,
  /** Waits for the next round. */
  Next,
  /** Taken out while one choice is being made. */
  Held,
}

/** Effective weights stay below it: 256 times the scale. */
const weightMax = 256 * weightScale;

class Seat {
  place = Place.Out;
  weight = 0;
  /** Slot of the round at which its next turn is due. */
  position = 0;
  /** What integer division left over, carried to the next turn. */
  remainder = 0;
  key = 0;
  /** Equal keys go in the order in which they got their place. */
  order = 0;

  constructor(readonly server: ServerState) {}
}

/**
 * Servers taking turns by weight. A round has as many slots as the sum of the weights; a server of
 * weight w is due every sum/w slots. Who is due goes first; holes are filled with those that had no
 * turn in this round yet. This reproduces HAProxy's order of choices, not only its shares.
 */
export class WeightedRing {
  usable = 0;
  #seats: Seat[];
  #roundWeight = 0;
  #nextWeight = 0;
  #slot = 0;
  #fresh: Place.Fresh | Place.Next = Place.Fresh;
  #order = 0;
  #held: Seat[] = [];

  constructor(servers: readonly ServerState[]) {
    this.#seats = servers.map((server) => new Seat(server));
  }

  /** Takes over weights and states that have changed. */
  refresh(): void {
    const starting = this.#nextWeight === 0;
    this.usable = 0;
    for (const seat of this.#seats) {
      const weight = seat.server.usable ? seat.server.effectiveWeight : 0;
      if (weight > 0) this.usable++;
      if (weight !== seat.weight) this.#reweigh(seat, weight, starting);
    }
    if (starting) this.#roundWeight = this.#slot = this.#nextWeight;
  }

  /** The first usable one in declaration order. */
  first(): ServerState | undefined {
    return this.#seats.find((seat) => seat.weight > 0)?.server;
  }

  #reweigh(seat: Seat, weight: number, starting: boolean): void {
    const before = seat.weight;
    this.#nextWeight += weight - before;
    seat.weight = weight;
    if (weight === 0) {
      seat.place = Place.Out;
    } else if (before === 0) {
      seat.position = seat.remainder = 0;
      this.#queueByWeight(seat, starting ? this.#fresh : this.#next());
    } else if (seat.place === Place.Current) {
      this.#queueCurrent(seat);
    } else {
      this.#queueByWeight(seat, seat.place);
    }
  }

  /** The server whose turn it is, passing over full ones, and over `excluded` if another can do. */
  take(excluded: ServerState | undefined): ServerState | undefined {
    if (this.#roundWeight === 0) this.#slot = this.#roundWeight = this.#nextWeight;
    let switched = false;
    let avoided: Seat | undefined;
    let chosen: Seat | undefined;
    for (;;) {
      const seat = this.#due();
      if (!seat) {
        if (switched) {
          chosen = avoided;
          break;
        }
        switched = true;
        this.#startRound();
        continue;
      }
      this.#advance(seat);
      if (seat.server.hasRoom()) {
        if (seat.server !== excluded || avoided) {
          chosen = seat;
          break;
        }
        avoided = seat;
      }
      seat.place = Place.Held;
      this.#held.push(seat);
    }
    if (chosen) this.#queue(chosen);
    if (this.#held.length > 0) this.#release(chosen, switched);
    return chosen?.server;
  }

  /** Puts passed-over servers back; after a new round has begun their old positions mean nothing. */
  #release(chosen: Seat | undefined, switched: boolean): void {
    for (let i = this.#held.length - 1; i >= 0; i--) {
      const seat = this.#held[i]!;
      if (seat === chosen) continue;
      if (switched) this.#queueByWeight(seat, this.#fresh);
      else this.#queue(seat);
    }
    this.#held.length = 0;
  }

  #due(): Seat | undefined {
    const current = this.#lowest(Place.Current);
    if (current && current.position <= this.#slot) return current;
    const fresh = this.#lowest(this.#fresh);
    if (!fresh) return current;
    fresh.position = fresh.remainder = 0;
    return fresh;
  }

  #lowest(place: Place): Seat | undefined {
    let lowest: Seat | undefined;
    for (const seat of this.#seats) {
      if (seat.place !== place) continue;
      if (
        lowest === undefined || seat.key < lowest.key ||
        (seat.key === lowest.key && seat.order < lowest.order)
      ) lowest = seat;
    }
    return lowest;
  }

  /** Uses the slot up, and says when the seat is due again. */
  #advance(seat: Seat): void {
    const { weight } = seat;
    const total = this.#nextWeight;
    if (seat.position === 0) seat.position = this.#slot;
    seat.position += Math.floor(total / weight);
    seat.remainder += total % weight;
    if (seat.remainder >= weight) {
      seat.remainder -= weight;
      seat.position++;
    }
    this.#slot++;
  }

  #startRound(): void {
    this.#fresh = this.#next();
    this.#roundWeight = this.#slot = this.#nextWeight;
  }

  #next(): Place.Fresh | Place.Next {
    return this.#fresh === Place.Fresh ? Place.Next : Place.Fresh;
  }

  #queue(seat: Seat): void {
    const round = this.#roundWeight;
    if (seat.position >= 2 * round || seat.position >= round + this.#nextWeight) {
      this.#queueByWeight(seat, this.#next());
    } else this.#queueCurrent(seat);
  }

  #queueCurrent(seat: Seat): void {
    seat.place = Place.Current;
    seat.key = 256 * seat.position +
      Math.floor((weightMax + seat.remainder - seat.weight) / weightScale);
    seat.order = ++this.#order;
  }

  #queueByWeight(seat: Seat, place: Place): void {
    seat.place = place;
    seat.key = weightMax - seat.weight;
    seat.order = ++this.#order;
  }
}
