/** Policy files against this gate's own classifiers: lint, tests, explanations, diffs, and the pull request's check. */
export { lintPolicy, parseSuite, testPolicy, testSuite, type Context, type SuiteReport } from "./check.ts";
export { COMMAND_KEYS, commandReaders, type CommandKey } from "./commands.ts";
export { exchange } from "./exchange.ts";
export { explainCommand, type Explained, type ExplainQuestion } from "./explain-command.ts";
export {
  catalogueOf,
  isTestFile,
  lintPath,
  readColumns,
  readGatewayNames,
  testPath,
  unreadable,
  type ReadText,
} from "./files.ts";
