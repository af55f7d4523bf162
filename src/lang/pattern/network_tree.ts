/** A network of the tree; an IPv4 key stands in the first word. */
interface Node<E> {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  /** Length of the prefix that everything below shares. */
  readonly bits: number;
  entry: E | undefined;
  zero: Node<E> | undefined;
  one: Node<E> | undefined;
}

/** A binary radix tree over prefixes of up to 128 bits: a lookup visits each shared prefix once. */
export class NetworkTree<E> {
  #root: Node<E> | undefined;

  /** Sets the entry of a prefix; returns false when it had one, which stays. */
  add(a: number, b: number, c: number, d: number, bits: number, entry: E): boolean {
    const leaf = node(a, b, c, d, bits, entry);
    let parent: Node<E> | undefined;
    let at = this.#root;
    while (at !== undefined && at.bits < bits && shares(at, a, b, c, d, at.bits)) {
      parent = at;
      at = bit(a, b, c, d, at.bits) ? at.one : at.zero;
    }
    if (at !== undefined && at.bits === bits && shares(at, a, b, c, d, bits)) {
      if (at.entry !== undefined) return false;
      at.entry = entry;
      return true;
    }
    this.#attach(parent, at === undefined ? leaf : join(leaf, at));
    return true;
  }

  /** Takes the entry of a prefix away; the node stays. */
  remove(a: number, b: number, c: number, d: number, bits: number): void {
    let at = this.#root;
    while (at !== undefined && at.bits < bits) at = bit(a, b, c, d, at.bits) ? at.one : at.zero;
    if (at?.bits === bits && shares(at, a, b, c, d, bits)) at.entry = undefined;
  }

  /** The entry of the longest prefix over that address. */
  longest(a: number, b: number, c: number, d: number, width: number): E | undefined {
    let best: E | undefined;
    let at = this.#root;
    while (at !== undefined && shares(at, a, b, c, d, at.bits)) {
      if (at.entry !== undefined) best = at.entry;
      if (at.bits >= width) break;
      at = bit(a, b, c, d, at.bits) ? at.one : at.zero;
    }
    return best;
  }

  collect(a: number, b: number, c: number, d: number, width: number, into: E[]): void {
    let at = this.#root;
    while (at !== undefined && shares(at, a, b, c, d, at.bits)) {
      if (at.entry !== undefined) into.push(at.entry);
      if (at.bits >= width) break;
      at = bit(a, b, c, d, at.bits) ? at.one : at.zero;
    }
  }

  #attach(parent: Node<E> | undefined, child: Node<E>): void {
    if (parent === undefined) this.#root = child;
    else if (bit(child.a, child.b, child.c, child.d, parent.bits)) parent.one = child;
    else parent.zero = child;
  }
}

function node<E>(a: number, b: number, c: number, d: number, bits: number, entry?: E): Node<E> {
  return { a, b, c, d, bits, entry, zero: undefined, one: undefined };
}

/** The node over both: the shorter prefix itself, or a new one where they part. */
function join<E>(leaf: Node<E>, other: Node<E>): Node<E> {
  const bits = Math.min(commonBits(leaf, other), leaf.bits, other.bits);
  const top = bits === leaf.bits ? leaf : node<E>(leaf.a, leaf.b, leaf.c, leaf.d, bits);
  for (const child of top === leaf ? [other] : [leaf, other]) {
    if (bit(child.a, child.b, child.c, child.d, bits)) top.one = child;
    else top.zero = child;
  }
  return top;
}

function commonBits<E>(x: Node<E>, y: Node<E>): number {
  if (x.a !== y.a) return Math.clz32(x.a ^ y.a);
  if (x.b !== y.b) return 32 + Math.clz32(x.b ^ y.b);
  if (x.c !== y.c) return 64 + Math.clz32(x.c ^ y.c);
  return 96 + Math.clz32(x.d ^ y.d);
}

function bit(a: number, b: number, c: number, d: number, at: number): boolean {
  const word = at < 32 ? a : at < 64 ? b : at < 96 ? c : d;
  return ((word >>> (31 - (at & 31))) & 1) === 1;
}

/** The first `bits` bits of the node and of the address are the same. */
function shares<E>(n: Node<E>, a: number, b: number, c: number, d: number, bits: number): boolean {
  if (bits <= 32) return sameUpTo(n.a ^ a, bits);
  if (n.a !== a) return false;
  if (bits <= 64) return sameUpTo(n.b ^ b, bits - 32);
  if (n.b !== b) return false;
  if (bits <= 96) return sameUpTo(n.c ^ c, bits - 64);
  return n.c === c && sameUpTo(n.d ^ d, bits - 96);
}

/** Nothing is set in the first `bits` (0 to 32) bits. */
function sameUpTo(difference: number, bits: number): boolean {
  return bits === 0 || difference >>> (32 - bits) === 0;
}
