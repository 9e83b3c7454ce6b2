/** A GitHub Actions runner for tests. */
export { runJob, startJob } from "./job.ts";
export { type Annotation } from "./commands.ts";
export { type Orphan, type ProcessResult } from "./process.ts";
export { type JobResult, type Outcome, type RunJobOptions, type RunningJob, type StepResult } from "./types.ts";
