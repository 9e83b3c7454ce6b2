/** The runner's side of gate: sessions, endpoints, and what a job sees of them. */
export type { CloseReport, FetchedRecording, GrantInfo, SessionInfo } from "./backend.ts";
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
export type { EndpointInfo } from "./endpoints.ts";
export { endpointUrl, jobEnvironment, type JobEnvironment } from "./environment.ts";
export { JobError, noIdToken, type JobErrorCode } from "./errors.ts";
export { parseGatewayUrl } from "./gateway-url.ts";
export { actionsTokenSource, type SubjectTokenSource } from "./oidc.ts";
export { hasArtifacts, refuseContainerJob, runnerClaims } from "./runner.ts";
