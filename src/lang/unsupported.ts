/** The words for everything that HAProxy has and Sluice does not, in every message and page. */
export function unsupported(subject: string, why: string): string {
  return `${subject} is not supported by Sluice: ${why}`;
}
