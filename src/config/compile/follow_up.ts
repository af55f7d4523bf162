import type { LangError } from "../../lang/spec.ts";
import type { ProxyDraft } from "./proxy_draft.ts";

/** An error that only follows from another one, which is already reported. */
export class FollowUp extends Error {}

/** Throws FollowUp when a line fails because the ACL that it names is itself faulty. */
export function forgiveFaultyAcl(error: LangError, draft: ProxyDraft): void {
  const { word, message } = error;
  if (word !== undefined && draft.faultyAcls.has(word) && message.includes("no such ACL")) {
    throw new FollowUp(message);
  }
}
