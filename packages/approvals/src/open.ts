/** A new hold from what policy demands and who asks. Pure. */
import type { ApprovalSpec, Facts, HoldRow } from "@gate/contract";

export interface NewHold {
  readonly id: string;
  readonly sessionId: string;
  readonly grant: string;
  readonly target: string;
  readonly rule: string;
  readonly approval: ApprovalSpec;
  /** SHA-256 hex over everything that decides what will happen (`Command.digest`). */
  readonly commandDigest: string;
  readonly commandText: string;
  readonly policyDigest: string;
  /** For people: the principal's display. */
  readonly principal: string;
  /** The principal's claims: they say who `actor` is, that `approval.exclude` keeps out. */
  readonly claims: Readonly<Record<string, string>>;
  readonly facts?: Facts;
  /** Roles whose people somebody else looks up (`exclusions` message). */
  readonly unresolved?: readonly string[];
  readonly nowMs: number;
  /** Nobody can be answered after the session: the hold ends with it. */
  readonly sessionExpiresAtMs: number;
}

/** A pending hold. Its `exclude` holds the roles that policy names and the people that the claims resolve them to. */
export function openHold(request: NewHold): HoldRow {
  const { approval, nowMs } = request;
  return {
    id: request.id,
    sessionId: request.sessionId,
    grant: request.grant,
    target: request.target,
    rule: request.rule,
    approvalName: approval.name,
    from: [...approval.from],
    exclude: [...approval.exclude, ...excludedPeople(approval.exclude, request.claims)],
    ...(request.unresolved === undefined || request.unresolved.length === 0 ? {} : { unresolved: request.unresolved }),
    count: approval.count,
    commandDigest: request.commandDigest,
    commandText: request.commandText,
    policyDigest: request.policyDigest,
    principal: request.principal,
    claims: request.claims,
    ...(request.facts === undefined ? {} : { facts: request.facts }),
    createdAtMs: nowMs,
    expiresAtMs: Math.min(nowMs + approval.timeoutMs, request.sessionExpiresAtMs),
    state: "pending",
    votes: [],
  };
}

/**
 * Names behind roles, as far as claims tell them. A token names its `actor`; who wrote the pull request or its
 * commits is not in it, so these roles stay unresolved here.
 */
function excludedPeople(
  roles: readonly string[],
  claims: Readonly<Record<string, string>> | undefined,
): readonly string[] {
  if (claims === undefined) return [];
  return roles
    .filter((role) => CLAIM_ROLES.has(role))
    .flatMap((role) => [
      ...(Object.hasOwn(claims, role) ? [claims[role] as string, `github-user:${claims[role] as string}`] : []),
      ...(Object.hasOwn(claims, `${role}_id`) ? [`github-id:${claims[`${role}_id`] as string}`] : []),
    ]);
}

/** Roles that are names of claims. */
const CLAIM_ROLES: ReadonlySet<string> = new Set(["actor", "triggering_actor", "pr_author"]);
