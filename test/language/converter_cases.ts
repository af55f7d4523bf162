import type { ConverterCase } from "./converter_case.ts";
import { codeCases } from "./converter_cases_code.ts";
import { textCases } from "./converter_cases_text.ts";
import { timeCases } from "./converter_cases_time.ts";

/** What is evaluated in Sluice and in HAProxy. */
export const converterCases: readonly ConverterCase[] = [...textCases, ...codeCases, ...timeCases];
