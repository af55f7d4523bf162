import { Fields } from "./fields.ts";

/** A response's head. */
export class ResponseHead extends Fields {
  status = 0;
  reason = "";
  /** `1.0` or `1.1`. */
  version = "1.1";

  override clear(): void {
    super.clear();
    this.status = 0;
    this.reason = "";
    this.version = "1.1";
  }
}
