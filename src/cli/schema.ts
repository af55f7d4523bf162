import process from "node:process";
import { configurationJsonSchema } from "../config/schema.ts";

/** `sluice schema`: JSON Schema of the YAML configuration. */
export function schemaCommand(): number {
  process.stdout.write(JSON.stringify(configurationJsonSchema(), undefined, 2) + "\n");
  return 0;
}
