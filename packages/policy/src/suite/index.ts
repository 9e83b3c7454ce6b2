/** Tests of a policy. */
export { readPolicyTests, readSuite, type PolicyTest, type Suite } from "./read-tests.ts";
export {
  refusing,
  runTests,
  sessionOf,
  type CommandFacts,
  type CommandReader,
  type Exchange,
  type RunContext,
  type TestResult,
} from "./run-tests.ts";
