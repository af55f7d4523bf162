/** A text as a single-quoted YAML scalar: nothing in it has a meaning for YAML any more. */
export function quotedForm(text: string): string {
  return `'${text.trim().replaceAll("'", "''")}'`;
}
