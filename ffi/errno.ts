/** Error numbers of Linux that callers tell apart, by name. */
const numbers: Readonly<Record<number, string>> = {
  2: "ENOENT",
  11: "EAGAIN",
  13: "EACCES",
  32: "EPIPE",
  90: "EMSGSIZE",
  91: "EPROTOTYPE",
  104: "ECONNRESET",
  105: "ENOBUFS",
  107: "ENOTCONN",
  111: "ECONNREFUSED",
};

/** A system call failed. `code` is the name of its errno, as node's errors have it. */
export class SystemCallError extends Error {
  override name = "SystemCallError";
  readonly code: string;

  constructor(readonly call: string, readonly errno: number) {
    const code = numbers[errno] ?? `errno ${errno}`;
    super(`${call} failed: ${code}`);
    this.code = code;
  }
}
