import { clock } from "../../net/clock.ts";
import { type Paces, StreamPaces } from "../pace.ts";
import type { PacesDescription } from "./description.ts";

/** The limits of a stream in words that another process understands. */
export function describePaces(paces: StreamPaces | undefined): PacesDescription {
  return paces ? [...describe(paces.upload), ...describe(paces.download)] : [];
}

function* describe(paces: Paces): Generator<PacesDescription[number]> {
  for (const [{ name, direction }, { to, freeAt }] of paces) {
    const { limitBytes, periodMs } = to;
    const freeInMs = Math.max(0, freeAt - clock.now);
    yield { filter: name, direction, limitBytes, periodMs, freeInMs };
  }
}

/** Undefined where nothing is limited. No rule changes these: a stream moves when all have run. */
export function revivePaces(described: PacesDescription): StreamPaces | undefined {
  if (described.length === 0) return undefined;
  const paces = new StreamPaces();
  for (const { filter, direction, limitBytes, periodMs, freeInMs } of described) {
    const limit = { name: filter, direction, limitBytes, periodMs };
    paces[direction].resume(limit, clock.now + freeInMs);
  }
  return paces;
}
