import type { Address } from "../address.ts";
import type { IndexEntry } from "./entry.ts";
import type { IndexOptions, PatternIndex } from "./index.ts";
import { type Network, parseNetwork } from "./network.ts";
import { NetworkTree } from "./network_tree.ts";

/**
 * `ip`: the address lies in a network; the longest prefix decides. An IPv4 value is also tried as
 * `::ffff:a.b.c.d` on IPv6 patterns, and an IPv6 value that embeds an IPv4 address (`::ffff:v4`,
 * `::v4`, `2002:v4::/48`) on IPv4 patterns.
 */
export class AddressIndex<E extends IndexEntry> implements PatternIndex<E> {
  readonly #v4 = new NetworkTree<E>();
  readonly #v6 = new NetworkTree<E>();
  /** IPv4 masks with gaps, in order. */
  readonly #gaps: { readonly network: Network; readonly entry: E }[] = [];
  readonly #networks = new Map<E, Network>();
  #v6Size = 0;
  #repeated = 0;

  constructor(private readonly options: Pick<IndexOptions, "resolve">) {}

  add(entry: E): void {
    const network = parseNetwork(entry.text, this.options.resolve);
    this.#networks.set(entry, network);
    const { address, bits } = network;
    if (bits === undefined) this.#gaps.push({ network, entry });
    else if (address.family === 4) {
      if (!this.#v4.add(address.d, 0, 0, 0, bits, entry)) this.#repeated++;
    } else {
      this.#v6Size++;
      const { a, b, c, d } = address;
      if (!this.#v6.add(a, b, c, d, bits, entry)) this.#repeated++;
    }
  }

  remove(entry: E): "removed" | "rebuild" {
    const network = this.#networks.get(entry);
    if (network === undefined || network.bits === undefined || this.#repeated > 0) return "rebuild";
    const { address: { family, a, b, c, d }, bits } = network;
    if (family === 4) this.#v4.remove(d, 0, 0, 0, bits);
    else this.#v6.remove(a, b, c, d, bits);
    this.#networks.delete(entry);
    return "removed";
  }

  keyOf(text: string): string {
    const { address, mask } = parseNetwork(text, this.options.resolve);
    const words = [address.a & mask.a, address.b & mask.b, address.c & mask.c, address.d & mask.d];
    return `${words.join(":")}/${mask}`;
  }

  find(value: Address): E | undefined {
    if (value.family === 4) {
      return this.#v4.longest(value.d, 0, 0, 0, 32) ??
        (this.#v6Size > 0 ? this.#v6.longest(0, 0, 0xffff, value.d, 128) : undefined) ??
        this.#findGap(value.d);
    }
    const found = this.#v6.longest(value.a, value.b, value.c, value.d, 128);
    if (found !== undefined) return found;
    const embedded = embeddedV4(value);
    if (embedded === undefined) return undefined;
    return this.#v4.longest(embedded, 0, 0, 0, 32) ?? this.#findGap(embedded);
  }

  collect(value: Address, into: E[]): void {
    const word = value.family === 4 ? value.d : embeddedV4(value);
    if (value.family === 4) this.#v6.collect(0, 0, 0xffff, value.d, 128, into);
    else this.#v6.collect(value.a, value.b, value.c, value.d, 128, into);
    if (word === undefined) return;
    this.#v4.collect(word, 0, 0, 0, 32, into);
    for (const { network, entry } of this.#gaps) if (inGap(network, word)) into.push(entry);
  }

  #findGap(word: number): E | undefined {
    for (const { network, entry } of this.#gaps) if (inGap(network, word)) return entry;
    return undefined;
  }
}

function inGap({ address, mask }: Network, word: number): boolean {
  return ((address.d ^ word) & mask.d) === 0;
}

/** The IPv4 address within an IPv6 one, as a word. */
function embeddedV4({ a, b, c, d }: Address): number | undefined {
  if (a === 0 && b === 0 && (c === 0xffff || c === 0)) return d;
  if (a >>> 16 === 0x2002) return ((a << 16) | (b >>> 16)) >>> 0;
  return undefined;
}
