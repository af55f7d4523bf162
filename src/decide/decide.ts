import type { FrontendPlan } from "../config/frontend_plan.ts";
import type { Plan } from "../config/plan.ts";
import type { Reply } from "../rules/transaction.ts";
import { admit, isMonitored, prepare } from "./admission.ts";
import { decideBackend } from "./backend_part.ts";
import type { Decision } from "./decision.ts";
import { FrontendError } from "./frontend_error.ts";
import { backendOf, traceSwitch } from "./routing.ts";
import { OfflineTransaction, type Surroundings } from "./offline_transaction.ts";
import { readInput, type RequestInput } from "./request_input.ts";
import { Verdicts } from "./verdicts.ts";

/** The frontend of that name; without a name the only one. Throws {@link FrontendError}. */
export function frontendOf(plan: Plan, name: string | undefined): FrontendPlan {
  const names = plan.frontends.map((frontend) => frontend.name);
  if (name === undefined) {
    if (plan.frontends.length === 1) return plan.frontends[0]!;
    throw new FrontendError(
      names.length === 0
        ? "The configuration has no frontend"
        : `Say which frontend: ${names.join(", ")}`,
      names,
    );
  }
  const found = plan.frontends.find((frontend) => frontend.name === name);
  if (found) return found;
  throw new FrontendError(`No frontend '${name}'; there is ${names.join(", ") || "none"}`, names);
}

/**
 * What the gateway would do with a request, in the order of a live one: the frontend's rules, the
 * choice of a backend, the backend's rules, a server. Nothing is sent, waited for or counted; but
 * rules that change lists and maps do change those that `plan` refers to. Throws
 * {@link FrontendError}, and SyntaxError for an address or a field that can't be one.
 */
export function decide(
  plan: Plan,
  frontendName: string | undefined,
  request: RequestInput,
  surroundings: Omit<Surroundings, "src" | "srcPort" | "dst" | "dstPort"> = {},
): Decision {
  const frontend = frontendOf(plan, frontendName);
  const tx = new OfflineTransaction(frontend, {
    ...surroundings,
    src: request.from,
    srcPort: request.fromPort ?? 0,
    dst: request.to,
    dstPort: request.toPort ?? 0,
  });
  return decideWith(new Verdicts(plan, tx), request);
}

function decideWith(verdicts: Verdicts, request: RequestInput): Decision {
  const { tx, trail } = verdicts;
  const frontend = tx.frontendPlan;
  if (frontend.mode === "tcp") {
    trail.note(frontend, "in TCP mode there is no request: what asks for its bytes has no value");
  }
  const unwanted =
    verdicts.rules(frontend, "tcp-request connection", frontend.tcpRequestConnection) ??
      verdicts.rules(frontend, "tcp-request session", frontend.tcpRequestSession);
  if (unwanted) return unwanted;
  const read = readInput(request);
  const problem = read.kind === "invalid"
    ? read.problem
    : admit(tx, read.head, request.body ?? (announcesBody(request) ? undefined : ""));
  if (problem) {
    trail.note(frontend, `the request is refused: ${problem.reason}`);
    return verdicts.reply(tx.errorPage(problem.status));
  }
  const rejected = verdicts.rules(frontend, "tcp-request content", frontend.tcpRequestContent);
  if (rejected) return rejected;
  if (isMonitored(tx)) return verdicts.reply(monitorReply(verdicts));
  prepare(tx);
  if (frontend.bufferRequest) trail.note(frontend, "would wait for the body first");
  const ended = verdicts.rules(frontend, "http-request", frontend.httpRequest);
  if (ended) return ended;
  const refused = verdicts.names(frontend);
  if (refused) return refused;
  noteModules(verdicts);
  const backend = backendOf(
    verdicts.plan,
    tx,
    traceSwitch(tx, trail),
    (text, at) => trail.note(frontend, text, at),
  );
  if (!backend) {
    trail.note(frontend, "no backend is chosen");
    return verdicts.reply(tx.errorPage(503));
  }
  return decideBackend(verdicts, backend);
}

/** A body is on its way that the caller did not give. */
function announcesBody({ headers }: RequestInput): boolean {
  return headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name));
}

function monitorReply({ tx, trail }: Verdicts): Reply {
  const frontend = tx.frontendPlan;
  trail.note(frontend, `the request is for monitor-uri ${frontend.monitorUri}`);
  for (const condition of frontend.monitorFail) {
    const trace = condition.explain(tx);
    const choice = {
      kind: "monitor fail",
      proxy: frontend.name,
      at: "",
      text: `monitor fail if ${condition.text}`,
    } as const;
    trail.choice(choice, trace, trace.holds ? "chosen" : "skipped");
    if (trace.holds) return tx.errorPage(503);
  }
  return tx.errorPage(200);
}

/** A user's file is not run here; it is taken to send on what it is asked. */
function noteModules({ tx, trail }: Verdicts): void {
  const path = tx.request!.path ?? "";
  for (const { path: file, mount, at } of tx.frontendPlan.modules) {
    const base = mount.endsWith("/") ? mount.slice(0, -1) : mount;
    if (path !== base && !path.startsWith(base + "/")) continue;
    const text = `module ${file} may answer this itself; below is what happens if it does not`;
    trail.note(tx.frontendPlan, text, `${at.file}:${at.line}`);
  }
}
