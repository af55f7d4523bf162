import { resolverDefaults, type ResolverSettings } from "../../dns/settings.ts";
import type { Position } from "../diagnostic.ts";

type Settings = { -readonly [K in keyof ResolverSettings]: ResolverSettings[K] };

/** What the lines of a `resolvers` section add up to. */
export class ResolversDraft {
  readonly settings: Settings = { ...resolverDefaults };
  /** Where each name server was declared, by its name. */
  readonly declared = new Map<string, Position>();

  constructor(readonly name: string) {}
}
