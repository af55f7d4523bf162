import process from "node:process";
import { evaluateConfigurationCondition } from "../config/condition/evaluate.ts";

/** `-cc CONDITION`: 0 when it is true, 1 when it is false, 2 when it cannot be read. */
export function conditionCommand(condition: string): number {
  const result = evaluateConfigurationCondition(condition, (name) => process.env[name]);
  switch (result.kind) {
    case "true":
      return 0;
    case "false":
      return 1;
    case "error":
      process.stderr.write(`[ALERT]    (${process.pid}) : config : ${result.message}\n`);
      return 2;
    default:
      return result satisfies never;
  }
}
