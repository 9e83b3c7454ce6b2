/**
 * Who the job is, for the embedded gate: its verified OIDC token where it can have one, otherwise what the runner
 * wrote into the environment, which any step before could have changed. Touches the network through its sources.
 */
import { messageOf, sha256Hex, type Clock } from "@gate/base";
import type { Principal, TrustRule } from "@gate/contract";
import { claimText, describeNearest, latchKey, matchTrust, verifySubjectToken, type Issuer } from "@gate/identity";
import { JobError } from "./errors.ts";

export interface Admitted {
  readonly rule: TrustRule;
  readonly principal: Principal;
  readonly latch: string;
  readonly evidence: Readonly<Record<string, Uint8Array>>;
  readonly warnings: readonly string[];
}

export interface AdmissionSources {
  readonly trust: readonly TrustRule[];
  readonly issuers: ReadonlyMap<string, Issuer>;
  /** Mints a token for an audience; absent when the job cannot have one. */
  readonly subjectToken: ((audience: string) => Promise<string>) | undefined;
  readonly audience: string | undefined;
  /** GITHUB_* variables as claims. */
  readonly claims: Readonly<Record<string, string>>;
  readonly clock: Clock;
}

/** @throws {JobError} JOB_TRUST_RULE naming the claim; JOB_REFUSED for a token that does not verify. */
export async function admitJob(sources: AdmissionSources): Promise<Admitted> {
  return sources.subjectToken === undefined ? byEnvironment(sources) : byToken(sources, sources.subjectToken);
}

async function byToken(
  { trust, issuers, audience, clock }: AdmissionSources,
  subjectToken: (audience: string) => Promise<string>,
): Promise<Admitted> {
  const audiences = audience === undefined ? [...new Set(trust.flatMap((rule) => rule.audience))] : [audience];
  let failure = new JobError("operator", "JOB_TRUST_RULE", "the policy has no trust rule");
  for (const wanted of audiences.slice(0, AUDIENCES_MAX)) {
    const text = await subjectToken(wanted);
    try {
      const subject = await verifySubjectToken(text, { issuers, audience: () => [wanted], clock });
      const match = matchTrust(trust, subject);
      if (!match.matched) {
        failure = notMatched(match.nearest === undefined ? "" : describeNearest(match.nearest));
        continue;
      }
      return {
        rule: match.rule,
        principal: principal(subject.issuer, subject.claims),
        latch: latchKey(subject.issuer, subject.claims),
        evidence: { "evidence/subject-token.jwt": Buffer.from(text), "evidence/jwks.json": subject.jwks },
        warnings: [],
      };
    } catch (error) {
      failure = new JobError("operator", "JOB_REFUSED", `the job's OIDC token was refused: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
  throw failure;
}

function byEnvironment({ trust, claims }: AdmissionSources): Admitted {
  // Issuer and audience are properties of a token; there is none, and the record says so.
  const rules = trust.map((rule) => ({ ...rule, issuer: RUNNER_ENVIRONMENT, audience: [RUNNER_ENVIRONMENT] }));
  const match = matchTrust(rules, { issuer: RUNNER_ENVIRONMENT, audience: RUNNER_ENVIRONMENT, claims });
  if (!match.matched) throw notMatched(match.nearest === undefined ? "" : describeNearest(match.nearest));
  return {
    rule: match.rule,
    principal: principal(RUNNER_ENVIRONMENT, claims),
    latch: sha256Hex(
      JSON.stringify([
        RUNNER_ENVIRONMENT,
        claims["repository_id"],
        claims["run_id"],
        claims["run_attempt"],
        claims["job"],
      ]),
    ),
    evidence: { "evidence/runner-environment.json": Buffer.from(`${JSON.stringify(claims)}\n`) },
    warnings: [
      "This session rests on the runner's environment variables, which any step could have set: without " +
        "`permissions: id-token: write` there is no token to verify. Use it for trials, not to protect anything",
    ],
  };
}

function notMatched(detail: string): JobError {
  return new JobError(
    "operator",
    "JOB_TRUST_RULE",
    `no trust rule of the policy admits this job: ${detail || "there is none"}`,
  );
}

function principal(issuer: string, claims: Readonly<Record<string, unknown>>): Principal {
  const found: Record<string, string> = {};
  for (const name of Object.keys(claims)) {
    const value = claimText(claims, name);
    if (value !== undefined && name !== "__proto__") found[name] = value;
  }
  const text = (name: string): string => (Object.hasOwn(found, name) ? (found[name] ?? "?") : "?").slice(0, 200);
  const display = `${text("repository")} run ${text("run_id")}.${text("run_attempt")} (${text("workflow")}) by ${text("actor")}`;
  return { kind: "job", issuer, display, claims: found };
}

/** The issuer that records name when nothing was verified. */
const RUNNER_ENVIRONMENT = "runner-environment";
/** Audiences that the policy's trust rules name together. */
const AUDIENCES_MAX = 8;
