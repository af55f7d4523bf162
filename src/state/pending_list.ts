/** Something that waits in a {@link PendingList}; it is in one list at most. */
export interface Pending {
  /** When it joined, by a count that all queues share: lower is earlier. */
  order: number;
  list: PendingList | undefined;
  previous: Pending | undefined;
  next: Pending | undefined;
}

/** First in, first out, and leaving from the middle costs nothing more. Holds no limit itself. */
export class PendingList {
  length = 0;
  /** How many have got what they waited for. */
  served = 0;
  first: Pending | undefined;
  #last: Pending | undefined;

  append(entry: Pending): void {
    entry.list = this;
    entry.previous = this.#last;
    entry.next = undefined;
    if (this.#last) this.#last.next = entry;
    else this.first = entry;
    this.#last = entry;
    this.length++;
  }

  remove(entry: Pending): void {
    if (entry.list !== this) return;
    if (entry.previous) entry.previous.next = entry.next;
    else this.first = entry.next;
    if (entry.next) entry.next.previous = entry.previous;
    else this.#last = entry.previous;
    entry.list = entry.previous = entry.next = undefined;
    this.length--;
  }
}
