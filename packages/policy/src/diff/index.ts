/** What a change of a policy makes possible, and what it takes away. */
export type { Direction } from "./attachments.ts";
export { diffPolicies, type Change, type PolicyDiff } from "./diff.ts";
