export { authority, type Authority, type Leaf, type LeafOptions } from "./certificates.ts";
export { freePort } from "./free-port.ts";
export {
  postgresBin,
  postgresVersions,
  startPostgres,
  type PostgresOptions,
  type PostgresServer,
} from "./postgres-server.ts";
export { sshInstalled, startSshServer, type SshServer, type SshServerOptions } from "./ssh-server.ts";
export { TestkitError, type TestkitErrorCode } from "./errors.ts";
export {
  visibleButtons,
  startGitHub,
  type Access,
  type AppDouble,
  type AppOptions,
  type Commit,
  type Delivery,
  type Sender,
  type CheckRun,
  type CommitStatus,
  type DoubleJob,
  type GitHubDouble,
  type GitHubOptions,
  type JobIdentity,
  type JobOptions,
  type RestToken,
  type StoredArtifact,
} from "./github/index.ts";
export {
  runJob,
  startJob,
  type Annotation,
  type JobResult,
  type Orphan,
  type Outcome,
  type ProcessResult,
  type RunJobOptions,
  type RunningJob,
  type StepResult,
} from "./runner/index.ts";
export { ACT_VERSION, ensureAct, runAct, type ActOptions, type ActResult } from "./act.ts";
export { ensureRegress, regressSource, type EnsureRegressOptions } from "./regress-source.ts";
export { actionProblems, pinProblems, workflowProblems, type FileText } from "./workflows.ts";
export { startOidcProvider, type OidcProvider, type OidcProviderOptions, type OidcUser } from "./oidc-provider.ts";
export {
  samlProvider,
  type SamlAnswer,
  type SamlAnswerOptions,
  type SamlProvider,
  type SamlUser,
} from "./saml-provider.ts";
export { Browser, type Page, type VisitOptions } from "./browser.ts";
