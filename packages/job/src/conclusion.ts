/** What a finished session means for its commit; the same as the gateway's check run says where there is one. Pure. */
import { CLOSE_REASON } from "./connect.ts";
import type { SessionInfo } from "./backend.ts";
import type { Outcome } from "./outcome.ts";
import type { Verification } from "./summary.ts";

export interface Conclusion {
  readonly state: "success" | "failure";
  readonly description: string;
}

/** Green only when everything was allowed or approved, the job itself closed the session, and the record verifies. */
export function conclude(session: {
  readonly outcome: Outcome | undefined;
  readonly verification: Verification;
  readonly mode: SessionInfo["mode"];
  readonly endedBefore: string | undefined;
}): Conclusion {
  const { outcome, verification, mode, endedBefore } = session;
  if (verification.status !== "valid" || outcome === undefined) {
    return failure(verification.status === "missing" ? "There is no record" : "The record does not verify");
  }
  const { denied, notApproved } = outcome.counts;
  if (denied > 0 || notApproved > 0) {
    return failure(`Something was held back: ${denied} denied, ${notApproved} not approved`);
  }
  if (outcome.latchRefused.length > 0) return failure("A second session was asked for with this job's identity");
  if (endedBefore !== undefined || outcome.closedAs !== CLOSED_AS[mode]) {
    return failure("The session ended before the job did");
  }
  return { state: "success", description: "Everything was allowed or approved" };
}

function failure(description: string): Conclusion {
  return { state: "failure", description };
}

/** How the record of a session ends that its job closed. */
const CLOSED_AS: Readonly<Record<SessionInfo["mode"], string>> = {
  gateway: "closed by the job",
  embedded: CLOSE_REASON,
};
