import type { BackendPlan } from "../config/backend_plan.ts";
import type { Plan, ProxyPlan } from "../config/plan.ts";
import type { ServerPlan } from "../config/server_plan.ts";
import type { RuleSet } from "../rules/rule_set.ts";
import { restrictNames } from "../rules/header_names.ts";
import type { Reply } from "../rules/transaction.ts";
import type { Closed, Decision, Forwarded, Queued, RuleStep } from "./decision.ts";
import { leavingReply, leavingRequest, replyHead } from "./leaving.ts";
import type { OfflineTransaction } from "./offline_transaction.ts";
import { Trail } from "./trail.ts";

/** Runs the rule sets of one decision and puts its ends into words. */
export class Verdicts {
  readonly trail = new Trail();

  constructor(readonly plan: Plan, readonly tx: OfflineTransaction) {}

  /** Runs the rules; undefined when the request goes on behind them. */
  rules(proxy: ProxyPlan, name: RuleStep["ruleSet"], set: RuleSet): Decision | undefined {
    const { tx } = this;
    const outcome = this.trail.run(tx, proxy, name, set);
    switch (outcome) {
      case "continue":
      case "accept":
        return undefined;
      case "reply":
        return this.reply(tx.reply!);
      case "abort":
        return this.#close("reject");
      case "drop":
        return this.#close("silent-drop");
      case "error":
        this.trail.note(proxy, "a rewrite failed under strict-mode", tx.decidedBy);
        return this.reply(tx.errorPage(500));
      default:
        return outcome satisfies never;
    }
  }

  /** Looks at the names of fields behind the rules; undefined when the request goes on. */
  names(proxy: ProxyPlan): Decision | undefined {
    const { headerNames } = proxy;
    if (headerNames === undefined) return undefined;
    if (restrictNames(this.tx.request!, headerNames) === "passed") return undefined;
    this.trail.note(proxy, "option http-restrict-req-hdr-names rejects the request");
    return this.reply(this.tx.errorPage(403));
  }

  /** The gateway answers: the after-response rules run, which may only change the answer. */
  reply(reply: Reply): Decision {
    const { tx } = this;
    const { decidedBy } = tx;
    if (reply.raw === "") {
      const text = `the page for ${reply.status} is empty: the connection closes instead`;
      this.trail.note(tx.backendPlan ?? tx.frontendPlan, text);
      return this.#close("reject");
    }
    tx.beginAnswer(replyHead(reply));
    const proxies = new Set<ProxyPlan["httpAfterResponse"]>();
    for (const proxy of [tx.backendPlan, tx.frontendPlan]) {
      const set = proxy?.httpAfterResponse;
      // A `listen` section is one proxy: its rules run once.
      if (!proxy || !set || set.rules.length === 0 || proxies.has(set)) continue;
      proxies.add(set);
      const outcome = this.trail.run(tx, proxy, "http-after-response", set);
      if (outcome === "abort") return this.#close("reject");
      if (outcome === "drop") return this.#close("silent-drop");
    }
    tx.decidedBy = decidedBy;
    return { outcome: "reply", ...this.#decided(), reply: leavingReply(tx, reply) };
  }

  forward(backend: BackendPlan, server: ServerPlan, address: string): Forwarded {
    const request = leavingRequest(this.tx, backend);
    const { name } = backend;
    const common = this.#decided();
    return { outcome: "forward", ...common, backend: name, server: server.name, address, request };
  }

  queue(backend: BackendPlan): Queued {
    const request = leavingRequest(this.tx, backend);
    return { outcome: "queue", ...this.#decided(), backend: backend.name, request };
  }

  #close(outcome: Closed["outcome"]): Closed {
    return { outcome, ...this.#decided() };
  }

  #decided() {
    const { tx, trail } = this;
    return {
      frontend: tx.frontendPlan.name,
      backend: tx.backendPlan?.name,
      decidedBy: tx.decidedBy,
      steps: trail.steps,
      earlyHints: tx.earlyHints,
    };
  }
}
