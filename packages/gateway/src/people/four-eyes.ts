/**
 * Ways to sign in that four eyes cannot see through: a job's token names its actor by GitHub account, so somebody whose
 * account is not known is not recognised. Pure.
 */
import type { ApprovalSpec } from "@gate/contract";
import type { Policy } from "@gate/policy";
import type { PeopleConfig } from "./config.ts";

/** For the operator: which approvals somebody could give to their own job, and what to set. */
export function fourEyesGaps(people: PeopleConfig, policy: Policy): readonly string[] {
  const approvals = new Map<string, ApprovalSpec>();
  for (const grant of policy.grants.values()) {
    for (const { approval } of grant.rules) {
      if (approval !== undefined && approval.exclude.length > 0) approvals.set(approval.name, approval);
    }
  }
  const { oidc, saml, tokens } = people;
  const signIns: SignIn[] = [...tokens].map(([name, { subjects }]) => ({
    who: `${name} of people.tokens`,
    known: subjects.some((subject) => subject.startsWith("github-user:")),
    may: (subject) => subjects.includes(subject),
    fix: `add github-user:<login> to people.tokens.${name}.subjects`,
  }));
  if (saml !== undefined) {
    signIns.unshift({
      who: "whoever signs in over people.saml",
      known: saml.githubAttribute !== undefined,
      may: (subject) => /^(?:saml-group|person):/.test(subject),
      fix: "set people.saml.github_login_attribute",
    });
  }
  if (oidc !== undefined) {
    signIns.unshift({
      who: "whoever signs in over people.oidc",
      known: oidc.githubClaim !== undefined,
      may: (subject) => /^(?:oidc-group|person):/.test(subject),
      fix: "set people.oidc.github_login_claim",
    });
  }
  return signIns.flatMap(({ who, known, may, fix }) => {
    const names = [...approvals.values()].filter(({ from }) => from.some(may)).map(({ name }) => name);
    const why = "can answer for a job of their own, since their GitHub account is not known";
    return known || names.length === 0 ? [] : [`approvals ${names.join(", ")}: ${who} ${why}: ${fix}`];
  });
}

interface SignIn {
  readonly who: string;
  /** Is the GitHub account of whoever signs in so known? */
  readonly known: boolean;
  /** Can somebody who signs in so have this subject? */
  readonly may: (subject: string) => boolean;
  readonly fix: string;
}
