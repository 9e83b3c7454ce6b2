/** The runner's side of gate: sessions, endpoints, and what a job sees of them. */
export type { CloseReport, FetchedRecording, GrantInfo, SessionInfo } from "./backend.ts";
export {
  readStatusPlace,
  setStatus,
  STATUS_FORBIDDEN,
  type CommitStatus,
  type StatusPlace,
  type StatusResult,
} from "./commit-status.ts";
export {
  start,
  stop,
  type EmbeddedChoice,
  type GatewayChoice,
  type StartOptions,
  type Started,
  type Stopped,
} from "./connect.ts";
export { askControl, type ControlStatus } from "./control.ts";
export { withDeadline } from "./deadline.ts";
export type { EndpointInfo } from "./endpoints.ts";
export { endpointOutputs, endpointUrl, jobEnvironment, type JobEnvironment } from "./environment.ts";
export { JobError, noIdToken, type JobErrorCode } from "./errors.ts";
export { artifactName, finish, parsePostState, type Finished, type PostState } from "./finish.ts";
export { createGatewayClient, toProblem, type Answer, type GatewayClient, type WellKnown } from "./gateway-client.ts";
export { parseGatewayUrl } from "./gateway-url.ts";
export { readConnectInputs, targetVariables, type ConnectInputs, type FinishInputs } from "./inputs.ts";
export { actionsTokenSource, tokenSourceIfOffered, type SubjectTokenSource } from "./oidc.ts";
export { gatherOutcome, type Outcome } from "./outcome.ts";
export { proxySettings, restoreEnvironment } from "./post-environment.ts";
export { hasArtifacts, refuseContainerJob, runnerClaims } from "./runner.ts";
export { annotations, summaryMarkdown, type Annotation, type Verification } from "./summary.ts";
