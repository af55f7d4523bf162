/**
 * Sluice as a library: read a configuration, ask what it would do with a request, and apply its
 * rules in any Hono app. It opens no socket and runs on Bun, Deno and Node.
 *
 * @module
 */

export {
  Configuration,
  type ReadConfiguration,
  readConfiguration,
  type ReadOptions,
  type RequestOptions,
} from "./src/decide/configuration.ts";
export {
  type MiddlewareOptions,
  type RoutedRequest,
  sluice,
  type SluiceVariables,
} from "./src/decide/middleware.ts";
export { FrontendError } from "./src/decide/frontend_error.ts";
export type {
  ChoiceStep,
  Closed,
  Decision,
  FieldList,
  Forwarded,
  LeavingReply,
  LeavingRequest,
  NoteStep,
  Queued,
  Replied,
  RuleResult,
  RuleStep,
  Step,
} from "./src/decide/decision.ts";
export type { Origin } from "./src/decide/standard_request.ts";
export {
  type Diagnostic,
  formatDiagnostic,
  type Position,
  type Severity,
} from "./src/config/diagnostic.ts";
export type {
  ConditionTrace,
  SuiteTrace,
  TermTrace,
  TestTrace,
  ValueTrace,
} from "./src/lang/condition_trace.ts";
export { LangError } from "./src/lang/spec.ts";
export { Address } from "./src/lang/address.ts";
export { Bin, type Int, Method, type Value } from "./src/lang/value.ts";
