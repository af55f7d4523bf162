import type { IndexEntry } from "./entry.ts";

/** A node: the text from its parent to itself, the entry that ends here, what goes on from here. */
interface Node<E> {
  label: string;
  /** The oldest entry whose key ends here. */
  entry: E | undefined;
  next: Map<number, Node<E>> | undefined;
}

/**
 * A trie with whole pieces of text on its edges, read from the front of a key or from its back.
 * The cost of a walk is that of the part of the value that agrees with some key.
 */
export class RadixTrie<E extends IndexEntry> {
  readonly #root: Node<E> = { label: "", entry: undefined, next: undefined };
  readonly #fromEnd: boolean;
  /** Keys that were there already when they were added. */
  repeated = 0;

  constructor(direction: "prefix" | "suffix") {
    this.#fromEnd = direction === "suffix";
  }

  add(key: string, entry: E): void {
    let node = this.#root;
    let rest = key;
    while (rest.length > 0) {
      const code = this.#first(rest);
      const child = node.next?.get(code);
      if (child === undefined) {
        const leaf: Node<E> = { label: rest, entry, next: undefined };
        (node.next ??= new Map()).set(code, leaf);
        return;
      }
      const common = this.#common(child.label, rest);
      if (common < child.label.length) this.#split(child, common);
      node = child;
      rest = this.#fromEnd ? rest.substring(0, rest.length - common) : rest.substring(common);
    }
    if (node.entry === undefined) node.entry = entry;
    else this.repeated++;
  }

  /** Forgets the entry of a key; the node stays. Only right while nothing is repeated. */
  remove(key: string): void {
    let found: Node<E> | undefined;
    this.#walk(key, (node, length) => {
      if (length === key.length) found = node;
    });
    if (found !== undefined) found.entry = undefined;
  }

  /** The entry of the longest key that the value begins (or ends) with. */
  longest(value: string): E | undefined {
    return this.#fromEnd ? this.#longestSuffix(value) : this.#longestPrefix(value);
  }

  /** The oldest entry among the keys that the value begins (or ends) with. */
  oldest(value: string): E | undefined {
    let best: E | undefined;
    this.#walk(value, (node) => {
      const entry = node.entry;
      if (entry !== undefined && (best === undefined || entry.id < best.id)) best = entry;
    });
    return best;
  }

  collect(value: string, into: E[]): void {
    this.#walk(value, (node) => {
      if (node.entry !== undefined) into.push(node.entry);
    });
  }

  #longestPrefix(value: string): E | undefined {
    let node = this.#root;
    let best = node.entry;
    let at = 0;
    while (node.next !== undefined && at < value.length) {
      const child = node.next.get(value.charCodeAt(at));
      if (child === undefined || !value.startsWith(child.label, at)) break;
      at += child.label.length;
      node = child;
      if (node.entry !== undefined) best = node.entry;
    }
    return best;
  }

  #longestSuffix(value: string): E | undefined {
    let node = this.#root;
    let best = node.entry;
    let end = value.length;
    while (node.next !== undefined && end > 0) {
      const child = node.next.get(value.charCodeAt(end - 1));
      if (child === undefined || !value.endsWith(child.label, end)) break;
      end -= child.label.length;
      node = child;
      if (node.entry !== undefined) best = node.entry;
    }
    return best;
  }

  #walk(value: string, visit: (node: Node<E>, length: number) => void): void {
    let node: Node<E> | undefined = this.#root;
    let length = 0;
    visit(node, 0);
    while (node?.next !== undefined && length < value.length) {
      const end = value.length - length;
      const at = this.#fromEnd ? end - 1 : length;
      node = node.next.get(value.charCodeAt(at));
      if (node === undefined) return;
      const fits = this.#fromEnd
        ? value.endsWith(node.label, end)
        : value.startsWith(node.label, length);
      if (!fits) return;
      length += node.label.length;
      visit(node, length);
    }
  }

  #first(text: string): number {
    return text.charCodeAt(this.#fromEnd ? text.length - 1 : 0);
  }

  /** How many code units two texts share at the side they are read from. */
  #common(a: string, b: string): number {
    const limit = Math.min(a.length, b.length);
    let n = 0;
    if (this.#fromEnd) {
      while (n < limit && a.charCodeAt(a.length - 1 - n) === b.charCodeAt(b.length - 1 - n)) n++;
    } else {
      while (n < limit && a.charCodeAt(n) === b.charCodeAt(n)) n++;
    }
    return n;
  }

  /** Puts a node between this one's first `length` code units and the rest of its label. */
  #split(node: Node<E>, length: number): void {
    const { label } = node;
    const cut = label.length - length;
    const rest = this.#fromEnd ? label.substring(0, cut) : label.substring(length);
    const lower: Node<E> = { label: rest, entry: node.entry, next: node.next };
    node.label = this.#fromEnd ? label.substring(cut) : label.substring(0, length);
    node.entry = undefined;
    node.next = new Map([[this.#first(rest), lower]]);
  }
}
