import { Lookup } from "./lookup.ts";
import { messageId, type Question, readResponse, recordType, writeQuery } from "./message.ts";
import { normalName } from "./name.ts";
import { NameServer, type OpenNameServer } from "./name_server.ts";
import { type Requester, Resolution, type ResolutionHost } from "./resolution.ts";
import { resolverDefaults, type ResolverSettings } from "./settings.ts";
import { judge } from "./verdict.ts";

/** What a section at work needs from outside. */
export interface ResolverServices {
  readonly open: OpenNameServer;
  readonly schedule: ResolutionHost["schedule"];
  readonly now: () => number;
  /** Not to be guessed, 0 to 65535: whoever guesses it could answer for a name server. */
  readonly randomId: () => number;
}

/** Names that are asked for at once; one more gets no answer. Enough numbers are left to guess. */
export const runningMax = 16_384;
const ids = 65_536;

/**
 * A `resolvers` section: rules and servers refer to it by name, whether it works yet or not. It is
 * asked over sockets that it is given; what it is asked for and knows of is shared by all.
 */
export class Resolver implements ResolutionHost {
  settings: ResolverSettings = resolverDefaults;
  nameServers: readonly NameServer[] = [];
  #services: ResolverServices | undefined;
  readonly #resolutions = new Map<string, Resolution>();
  readonly #running = new Map<number, Resolution>();

  constructor(readonly name: string) {}

  /** Works by these settings from now on; name servers that they also name are kept. */
  start(settings: ResolverSettings, services: ResolverServices): void {
    this.#services = services;
    this.settings = settings;
    const before = new Map(this.nameServers.map((server) => [keyOf(server.settings), server]));
    this.nameServers = settings.nameServers.map((server) => {
      const known = before.get(keyOf(server));
      before.delete(keyOf(server));
      return known ??
        new NameServer(server, services.open, (from, bytes) => this.#hear(from, bytes));
    });
    for (const gone of before.values()) gone.close();
  }

  /** Lets go of its sockets. Rules that wait are told that there is no answer. */
  stop(): void {
    // Before anybody is told: the next rule of who waits may ask at once, and nobody would answer it.
    this.#services = undefined;
    for (const resolution of [...this.#resolutions.values()]) {
      resolution.stop();
      for (const requester of [...resolution.requesters]) {
        if (requester instanceof Lookup) requester.failed();
      }
    }
    for (const server of this.nameServers) server.close();
    this.nameServers = [];
  }

  /**
   * Asks for a name on behalf of a rule: settled at once where nothing has to be asked. An answer
   * that others share is used for `hold valid`.
   */
  lookUp(text: string, family: 4 | 6): Lookup {
    const name = normalName(text);
    const lookup = new Lookup(name ?? text, family);
    if (name === undefined || !this.#services) {
      lookup.failed();
      return lookup;
    }
    const resolution = this.#resolution(name, family);
    const { status, lastEnd } = resolution;
    if (status === "valid" && !resolution.running && this.#isFresh(lastEnd)) {
      lookup.answered(resolution);
      return lookup;
    }
    lookup.follow(this.#join(resolution, lookup));
    resolution.start();
    return lookup;
  }

  /** Keeps asking for a name as `normalName` gives it; the answer ends it. */
  follow(name: string, family: 4 | 6, requester: Requester): () => void {
    const resolution = this.#resolution(name, family);
    const leave = this.#join(resolution, requester);
    resolution.start();
    return leave;
  }

  now(): number {
    return this.#services!.now();
  }

  schedule(ms: number, fn: () => void): () => void {
    return this.#services!.schedule(ms, fn);
  }

  begin(resolution: Resolution): number | undefined {
    if (this.#running.size >= runningMax) return undefined;
    let id = this.#services!.randomId() % ids;
    while (this.#running.has(id)) id = (id + 1) % ids;
    this.#running.set(id, resolution);
    return id;
  }

  end(id: number): void {
    this.#running.delete(id);
  }

  ask(id: number, question: Question): number {
    const query = writeQuery(id, question, this.settings.payloadBytesMax);
    return this.nameServers.filter((server) => server.send(query)).length;
  }

  #isFresh(lastEnd: number): boolean {
    return lastEnd + this.settings.holdValidMs > this.now();
  }

  #resolution(name: string, family: 4 | 6): Resolution {
    const key = `${family} ${name}`;
    let resolution = this.#resolutions.get(key);
    if (!resolution) {
      const type = family === 4 ? recordType.a : recordType.aaaa;
      this.#resolutions.set(key, resolution = new Resolution(key, name, type, this));
    }
    return resolution;
  }

  /** The answer takes the requester out, and with the last one what was known of the name. */
  #join(resolution: Resolution, requester: Requester): () => void {
    resolution.requesters.add(requester);
    return () => {
      if (!resolution.requesters.delete(requester) || resolution.requesters.size > 0) return;
      resolution.stop();
      this.#resolutions.delete(resolution.key);
    };
  }

  #hear(from: NameServer, bytes: Uint8Array): void {
    const { counters } = from;
    const id = messageId(bytes);
    if (bytes.length > this.settings.payloadBytesMax) {
      counters.too_big++;
      return;
    }
    const resolution = id === undefined ? undefined : this.#running.get(id);
    if (id !== undefined && !resolution) {
      counters.outdated++;
      return;
    }
    const response = readResponse(bytes);
    const verdict = response && resolution && judge(resolution.question, response);
    // A question that was not asked is as little believed as a message that can't be read: who
    // sent it may not be the name server.
    if (!verdict || verdict.kind === "foreign") counters.invalid++;
    else resolution!.heard(verdict, from);
  }
}

function keyOf(server: ResolverSettings["nameServers"][number]): string {
  return JSON.stringify([server.name, server.over, server.host, server.port]);
}
