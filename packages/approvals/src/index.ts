/** Holds: commands that wait for people. The pure rules only; the engine gives them time, a store and a record. */
export { openHold, type NewHold } from "./open.ts";
export {
  type ApproverIdentity,
  CLAIM_MS_MAX,
  isTerminal,
  step,
  type HoldBinding,
  type HoldMessage,
  type HoldRefusalCode,
  type StepResult,
} from "./step.ts";
