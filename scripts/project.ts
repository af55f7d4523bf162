import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where things are. */
export const project = (() => {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  return { root, bin: (name: string) => join(root, "node_modules", ".bin", name) };
})();
