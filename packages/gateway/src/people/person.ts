/** A person who looks at sessions and answers holds, however they signed in. Types only. */
import type { ApproverIdentity } from "@gate/approvals";

export interface Person {
  readonly name: string;
  /** `github-team:acme/dba`, `oidc-group:oncall`, `person:alice`: what a policy's `from` is compared with. */
  readonly subjects: readonly string[];
  readonly identity: ApproverIdentity;
}
