import { Address } from "../lang/address.ts";
import type { Target } from "./connection.ts";

/** Places remembered at once; beyond that, all are forgotten. */
const placesMax = 1024;
const places = new Set<string>();

/**
 * Takes note that connecting was given up before there was an answer. The runtime cannot take back
 * an attempt of its own: its socket stays until the kernel gives up, two minutes later. Further
 * attempts at the same place are to be made by hand, so that they end when they are given up.
 */
export function noteUnanswered(target: Target): void {
  if (target.kind !== "tcp" || !Address.parse(target.host)) return;
  if (places.size >= placesMax) places.clear();
  places.add(placeOf(target.host, target.port));
}

/** Somebody is there again. */
export function noteAnswered(target: Target): void {
  if (places.size > 0 && target.kind === "tcp") places.delete(placeOf(target.host, target.port));
}

export function isUnanswered(target: Target): boolean {
  return places.size > 0 && target.kind === "tcp" && places.has(placeOf(target.host, target.port));
}

function placeOf(host: string, port: number): string {
  return `${host} ${port}`;
}
