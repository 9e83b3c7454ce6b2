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
  const answeredBy = (can: (subject: string) => boolean): readonly string[] =>
    [...approvals.values()].filter(({ from }) => from.some(can)).map(({ name }) => name);
  const gap = (names: readonly string[], who: string, fix: string): readonly string[] =>
    names.length === 0
      ? []
      : [
          `approvals ${names.join(", ")}: ${who} can answer for a job of their own, since their GitHub account is not known: ${fix}`,
        ];
  const { oidc, saml, tokens } = people;
  return [
    ...(oidc === undefined || oidc.githubClaim !== undefined
      ? []
      : gap(
          answeredBy((subject) => /^(?:oidc-group|person):/.test(subject)),
          "whoever signs in over people.oidc",
          "set people.oidc.github_login_claim",
        )),
    ...(saml === undefined || saml.githubAttribute !== undefined
      ? []
      : gap(
          answeredBy((subject) => /^(?:saml-group|person):/.test(subject)),
          "whoever signs in over people.saml",
          "set people.saml.github_login_attribute",
        )),
    ...[...tokens].flatMap(([name, { subjects }]) =>
      subjects.some((subject) => subject.startsWith("github-user:"))
        ? []
        : gap(
            answeredBy((subject) => subjects.includes(subject)),
            `${name} of people.tokens`,
            `add github-user:<login> to people.tokens.${name}.subjects`,
          ),
    ),
  ];
}
