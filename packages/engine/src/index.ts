/** The engine: sessions, connections, verdicts and holds over any protocol. */
export { createEngine } from "./engine.ts";
export { EngineError, type EngineErrorCode } from "./errors.ts";
export { recordingBytes } from "./limits.ts";
export { checkTarget } from "./target-problems.ts";
export type {
  Approver,
  Engine,
  EngineEvent,
  EngineLog,
  EngineOptions,
  EngineTarget,
  LiveSession,
  VoteOutcome,
} from "./types.ts";
