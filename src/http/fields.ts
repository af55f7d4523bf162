/** How a field's line is kept: as received, to be rebuilt from its parts, changed, or gone. */
const enum Kind {
  /** `name: value CRLF` exactly; goes out as it came. */
  Raw,
  /** Received with a bare LF or outer blanks: goes out rebuilt. */
  Loose,
  /** Its name or value is in `names`/`values`. */
  Own,
  Removed,
}

/** Takes fields on their way out. */
export interface FieldSink {
  /** latin1. */
  text(piece: string): void;
  /** Bytes `from`..`to`. */
  bytes?(bytes: Uint8Array, from: number, to: number): void;
}

/** Marks a field: start of the line, end of the name, start and end of the value, end of the line. */
const marksPerField = 5;

/**
 * The header fields of one message, in order, with the letter case and repetition received. Fields
 * point into the received text (latin1: one code unit is one byte); nothing is copied until asked.
 */
export class Fields {
  /** The whole head as received. */
  text = "";
  /** The read that holds the whole head, which starts at `sourceAt`; undefined if it took several. */
  source: Uint8Array | undefined;
  sourceAt = 0;
  /** Slots, removed ones included: walk with {@link next}. */
  count = 0;
  /** Bit n: a field has a name of n bytes (modulo 32). Most searches end here. */
  protected nameLengths = 0;
  protected marks: number[] = [];
  protected kinds: Kind[] = [];
  protected names: (string | undefined)[] = [];
  protected values: (string | undefined)[] = [];

  /** Index of the first field after `index` that is still there, or -1. Start with -1. */
  next(index: number): number {
    for (let i = index + 1; i < this.count; i++) if (this.kinds[i] !== Kind.Removed) return i;
    return -1;
  }

  /** The name as received or set. */
  name(index: number): string {
    const m = index * marksPerField;
    return this.names[index] ?? this.text.substring(this.marks[m]!, this.marks[m + 1]!);
  }

  /** The value without outer blanks. */
  value(index: number): string {
    const m = index * marksPerField;
    return this.values[index] ?? this.text.substring(this.marks[m + 2]!, this.marks[m + 3]!);
  }

  /** Index of the first field of that name (given in lower case) after `after`, or -1. */
  find(lower: string, after = -1): number {
    if ((this.nameLengths & (1 << lower.length)) === 0) return -1;
    const { marks, kinds, names } = this;
    for (let i = after + 1; i < this.count; i++) {
      if (kinds[i] === Kind.Removed) continue;
      const own = names[i];
      if (own !== undefined) {
        if (own.length === lower.length && own.toLowerCase() === lower) return i;
      } else {
        const start = marks[i * marksPerField]!;
        if (
          marks[i * marksPerField + 1]! - start === lower.length &&
          matchesLower(this.text, start, lower)
        ) return i;
      }
    }
    return -1;
  }

  /** Value of the first field of that name (lower case), or undefined. */
  first(lower: string): string | undefined {
    const i = this.find(lower);
    return i < 0 ? undefined : this.value(i);
  }

  has(lower: string): boolean {
    return this.find(lower) >= 0;
  }

  /** Appends a field. */
  add(name: string, value: string): void {
    const i = this.count++;
    this.kinds[i] = Kind.Own;
    this.names[i] = name;
    this.values[i] = value;
    this.nameLengths |= 1 << name.length;
    this.marks.length = this.count * marksPerField;
  }

  /** Removes every field of that name, then appends this one. */
  set(name: string, value: string): void {
    this.removeAll(name.toLowerCase());
    this.add(name, value);
  }

  /** Puts another value in the same place. */
  replace(index: number, value: string): void {
    this.values[index] = value;
    this.names[index] ??= this.name(index);
    this.kinds[index] = Kind.Own;
  }

  remove(index: number): void {
    this.kinds[index] = Kind.Removed;
  }

  removeAll(lower: string): void {
    for (let i = this.find(lower); i >= 0; i = this.find(lower, i)) this.remove(i);
  }

  /** All fields as they go out: each line ended by CRLF, without the empty line at the end. */
  render(): string {
    let out = "";
    this.writeTo({ text: (piece) => void (out += piece) });
    return out;
  }

  /** Writes what {@link render} gives, in pieces: joining them first would cost a copy. */
  writeTo(out: FieldSink): void {
    let from = -1;
    let to = -1;
    for (let i = 0; i < this.count; i++) {
      const m = i * marksPerField;
      const kind = this.kinds[i]!;
      if (kind === Kind.Raw) {
        if (this.marks[m] === to) to = this.marks[m + 4]!;
        else {
          if (to > from) this.#writeRun(out, from, to);
          from = this.marks[m]!;
          to = this.marks[m + 4]!;
        }
      } else {
        if (to > from) this.#writeRun(out, from, to);
        from = to = -1;
        if (kind !== Kind.Removed) out.text(this.name(i) + ": " + this.value(i) + "\r\n");
      }
    }
    if (to > from) this.#writeRun(out, from, to);
  }

  /** Lines that go out as they came: straight from the read they came in, where that is known. */
  #writeRun(out: FieldSink, from: number, to: number): void {
    const { source, sourceAt } = this;
    if (source && out.bytes) out.bytes(source, sourceAt + from, sourceAt + to);
    else out.text(this.text.substring(from, to));
  }

  /**
   * Notes a received line; for the head reader. `lineEnd` is past its line end, `exact` says that
   * the line may go out as it stands.
   */
  note(start: number, nameEnd: number, from: number, to: number, lineEnd: number, exact: boolean) {
    const i = this.count++;
    const m = i * marksPerField;
    const { marks } = this;
    marks[m] = start;
    marks[m + 1] = nameEnd;
    marks[m + 2] = from;
    marks[m + 3] = to;
    marks[m + 4] = lineEnd;
    this.kinds[i] = exact ? Kind.Raw : Kind.Loose;
    this.names[i] = undefined;
    this.values[i] = undefined;
    this.nameLengths |= 1 << (nameEnd - start);
  }

  /** Forgets everything, to be used for another message. */
  clear(): void {
    this.text = "";
    this.source = undefined;
    this.count = 0;
    this.nameLengths = 0;
  }
}

/** `text` at `start` equals `lower`, letters of either case; `lower` holds no upper-case letter. */
function matchesLower(text: string, start: number, lower: string): boolean {
  for (let i = 0; i < lower.length; i++) {
    const c = text.charCodeAt(start + i);
    const wanted = lower.charCodeAt(i);
    if (c !== wanted && !(c >= 65 && c <= 90 && c + 32 === wanted)) return false;
  }
  return true;
}
