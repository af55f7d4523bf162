import { lstatSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { type Endpoint, isAlone } from "./endpoint.ts";

/**
 * The executable that an operator wants started, for a parent to see: a link in the endpoint's folder.
 * The word for it goes by way of the process that serves, which may have given its rights up, and whoever
 * has got hold of that one must not have the parent run what he likes. The folder he can't write to.
 */
function linkIn(folder: string): string {
  return join(folder, "successor");
}

/**
 * Grants a program to the parent of the process that serves; not where another user than this one and root
 * can change what is there: the path could lead anywhere by then, and root would write there.
 *
 * @param uid of this process
 */
export function grantProgram(
  { folder }: Endpoint,
  program: string,
  uid: number,
): "granted" | "not this user's alone" {
  if (!isAlone(folder, uid)) return "not this user's alone";
  revokeProgram({ folder });
  symlinkSync(program, linkIn(folder));
  return "granted";
}

/** Takes back a grant that this user has given, if it was not used. */
export function revokeProgram({ folder }: Pick<Endpoint, "folder">): void {
  rmSync(linkIn(folder), { force: true });
}

/**
 * Uses the grant for a program: it holds once. Answers whether there was one, of root or this user, where
 * nobody else can make one.
 *
 * @param uid of this process
 */
export function useGrant({ folder }: Endpoint, program: string, uid: number): boolean {
  if (!isAlone(folder, uid)) return false;
  const link = linkIn(folder);
  try {
    const { uid: owner } = lstatSync(link);
    const isGranted = (owner === uid || owner === 0) && readlinkSync(link) === program;
    rmSync(link);
    return isGranted;
  } catch {
    return false;
  }
}
