import { askControl } from "../../support/control_client.ts";

/** Fields of `show stat`, by name. */
export async function statistics(
  path: string,
  proxy: string,
  name: string,
): Promise<Record<string, string>> {
  const [names, ...rows] = (await askControl(path, "show stat\n")).replace("# ", "").split("\n");
  const row = rows.find((text) => text.startsWith(`${proxy},${name},`))!.split(",");
  return Object.fromEntries(names!.split(",").map((field, i) => [field, row[i]!]));
}
