/** The policy action: lint, tests, comparison with the base, and what a pull request sees of it. */
export { readPolicyInputs, readSurroundings, type PolicyInputs, type Surroundings } from "./inputs.ts";
export { runPolicyAction, type PolicyActionResult } from "./run.ts";
export { workspaceReader } from "./workspace.ts";
