/** A frontend was not named, or by a name that nobody has. */
export class FrontendError extends RangeError {
  override name = "FrontendError";
  constructor(message: string, readonly frontends: readonly string[]) {
    super(message);
  }
}
