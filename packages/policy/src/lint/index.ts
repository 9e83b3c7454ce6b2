/** Lint: what is wrong, dangerous or pointless in a policy. */
export { LINT_CODES, type Finding, type LintCode, type Severity } from "./findings.ts";
export { lint, type Capability, type LintOptions } from "./lint.ts";
