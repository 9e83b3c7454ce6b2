export type { SessionFacts } from "./condition-names.ts";
export type { Condition } from "./condition.ts";
export { decide, possible } from "./decide.ts";
export { diffPolicies, type Change, type Direction, type PolicyDiff } from "./diff/index.ts";
export { formatProblems, PolicyError, type PolicyErrorCode, type Problem } from "./errors.ts";
export { explain, type Explanation } from "./explain.ts";
export { KINDS, kindOfProtocol, kindSpec, type KindSpec, type MatcherSpec } from "./kinds.ts";
export { eachMatcher, type Match, type Matcher } from "./match.ts";
export {
  lint,
  LINT_CODES,
  type Capability,
  type Finding,
  type LintCode,
  type LintOptions,
  type Severity,
} from "./lint/index.ts";
export { nearest, suggestion } from "./nearest.ts";
export { checkVersion, FORMAT_VERSION, parsePolicy, type Grant, type Policy, type PolicyOptions } from "./policy.ts";
export {
  checkName,
  readBoolean,
  readDuration,
  readEntries,
  readInteger,
  readList,
  readObject,
  readOneOrMore,
  readRate,
  readSize,
  readString,
  readText,
  readWord,
  type ObjectView,
} from "./reader.ts";
export type { CompiledRule, Effect } from "./rules.ts";
export { policySchema, type JsonSchema } from "./schema/index.ts";
export {
  readPolicyTests,
  readSuite,
  refusing,
  runTests,
  sessionOf,
  type CommandFacts,
  type CommandReader,
  type Exchange,
  type PolicyTest,
  type Suite,
  type TestResult,
} from "./suite/index.ts";
export { isLoopback, isSafeUrl } from "./trust.ts";
export { parseDuration, parseRate, parseSize } from "./units.ts";
export {
  parseYamlDocument,
  POLICY_BYTES_MAX,
  positionIn,
  Problems,
  type Position,
  type YamlDoc,
  type YamlEntry,
  type YamlListNode,
  type YamlMapNode,
  type YamlNode,
  type YamlScalarNode,
} from "./yaml.ts";
