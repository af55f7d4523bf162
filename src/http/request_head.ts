import { Fields } from "./fields.ts";

/** A request's head. The target is exactly as received (absolute form included) until rewritten. */
export class RequestHead extends Fields {
  method = "";
  /** The request target: origin form, absolute form, authority form or `*`. */
  #target = "";
  /** `1.0` or `1.1`. */
  version = "1.1";
  #pathStart = 0;
  #queryAt = -2;

  get target(): string {
    return this.#target;
  }

  set target(target: string) {
    this.#target = target;
    this.#queryAt = -2;
  }

  /** From the first `/` after scheme and authority up to `?`; undefined for `*` and authority form. */
  get path(): string | undefined {
    if (this.#queryAt === -2) this.#split();
    if (this.#pathStart < 0) return undefined;
    return this.#queryAt < 0
      ? this.#target.substring(this.#pathStart)
      : this.#target.substring(this.#pathStart, this.#queryAt);
  }

  /** The path with its query. */
  get pathq(): string | undefined {
    if (this.#queryAt === -2) this.#split();
    return this.#pathStart < 0 ? undefined : this.#target.substring(this.#pathStart);
  }

  /** What stands after the first `?`; undefined without one. */
  get query(): string | undefined {
    if (this.#queryAt === -2) this.#split();
    return this.#queryAt < 0 ? undefined : this.#target.substring(this.#queryAt + 1);
  }

  /** Scheme and authority in front of the path (`http://host`), "" in origin form. */
  get origin(): string {
    if (this.#queryAt === -2) this.#split();
    return this.#pathStart < 0 ? "" : this.#target.substring(0, this.#pathStart);
  }

  override clear(): void {
    super.clear();
    this.method = "";
    this.target = "";
    this.version = "1.1";
  }

  #split(): void {
    const target = this.#target;
    this.#pathStart = pathStart(target);
    this.#queryAt = target.indexOf("?", Math.max(this.#pathStart, 0));
  }
}

function pathStart(target: string): number {
  if (target.charCodeAt(0) === 47) return 0;
  const scheme = target.indexOf("://");
  if (scheme < 0) return -1;
  return target.indexOf("/", scheme + 3);
}
