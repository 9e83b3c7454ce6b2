/** Tests of a policy. */
export { readPolicyTests, readSuite, type PolicyTest, type Suite } from "./read-tests.ts";
export { runTests, type CommandReader, type Exchange, type RunContext, type TestResult } from "./run-tests.ts";
