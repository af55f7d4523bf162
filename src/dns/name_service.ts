import type { Plan } from "../config/plan.ts";
import type { Resolver, ResolverServices } from "./resolver.ts";
import { ServerFollower, type TellFollowed } from "./server_follower.ts";

/** The resolvers of the live Plan at work, and the servers that follow their names. */
export class NameService {
  #resolvers = new Set<Resolver>();
  #followers: ServerFollower[] = [];

  constructor(
    private readonly services: ResolverServices,
    private readonly tell: TellFollowed,
  ) {}

  /** Works for this Plan from now on; what the one before it has as well goes on. */
  use(plan: Plan): void {
    const before = this.#resolvers;
    this.#resolvers = new Set();
    for (const { resolver, settings } of plan.resolvers.values()) {
      resolver.start(settings, this.services);
      this.#resolvers.add(resolver);
      before.delete(resolver);
    }
    const followers = this.#followers;
    this.#followers = [...plan.backends.values()].flatMap(({ servers, disabled }) =>
      disabled
        ? []
        : servers.flatMap(({ followed, state }) =>
          followed ? [new ServerFollower(followed, state, this.tell)] : []
        )
    );
    // After the new ones have joined: what is known of a name is lost with its last follower.
    for (const follower of followers) follower.stop();
    for (const resolver of before) resolver.stop();
  }

  stop(): void {
    for (const follower of this.#followers) follower.stop();
    for (const resolver of this.#resolvers) resolver.stop();
    this.#followers = [];
    this.#resolvers.clear();
  }
}
