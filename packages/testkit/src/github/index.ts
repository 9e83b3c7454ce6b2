/** GitHub as the suite sees it, on loopback. */
export { startGitHub, type GitHubDouble, type GitHubOptions } from "./server.ts";
export { type Access, type DoubleJob, type JobIdentity, type JobOptions } from "./job.ts";
export { type StoredArtifact } from "./artifacts.ts";
export { visibleButtons, type CheckRun, type CommitStatus, type RestToken } from "./rest.ts";
export { type IssueComment, type Review } from "./pulls.ts";
export { type AppDouble, type AppOptions, type Commit, type Delivery, type Sender } from "./app.ts";
