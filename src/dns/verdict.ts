import type { Address } from "../lang/address.ts";
import type { Question, Response } from "./message.ts";

/** Why an answer gives no address: a status of `hold`, and the counter of `show resolvers`. */
export type FaultCounter =
  | "nx"
  | "refused"
  | "any_err"
  | "cname_error"
  | "truncated"
  | "invalid"
  | "other";
export type Status = "nx" | "refused" | "timeout" | "other";

export type Verdict =
  | { readonly kind: "valid"; readonly addresses: readonly Address[] }
  | { readonly kind: "fault"; readonly status: Status; readonly counter: FaultCounter }
  /** It answers another question: forged, or for somebody else. */
  | { readonly kind: "foreign" };

const noSuchName = 3;
const refused = 5;

/** What a response says to a question. */
export function judge(question: Question, response: Response): Verdict {
  const { name, type } = response.question;
  if (name !== question.name || type !== question.type) return { kind: "foreign" };
  if (response.isTruncated) return fault("other", "truncated");
  if (response.code === noSuchName) return fault("nx", "nx");
  if (response.code === refused) return fault("refused", "refused");
  if (response.code !== 0) return fault("other", "other");
  if (response.answerCount === 0) return fault("other", "any_err");
  return addressesOf(question.name, response);
}

/**
 * Follows the name through its aliases in the order in which they stand, as HAProxy does: a record
 * of a name that the question did not lead to is not believed.
 */
function addressesOf(name: string, { answers }: Response): Verdict {
  const addresses: Address[] = [];
  let owner = name;
  for (const record of answers) {
    if (record.owner !== owner) return fault("other", "invalid");
    if (record.kind === "address") addresses.push(record.address);
    else if (addresses.length > 0) return fault("other", "cname_error");
    else owner = record.target;
  }
  if (addresses.length > 0) return { kind: "valid", addresses };
  return owner === name ? fault("other", "other") : fault("other", "cname_error");
}

function fault(status: Status, counter: FaultCounter): Verdict {
  return { kind: "fault", status, counter };
}
