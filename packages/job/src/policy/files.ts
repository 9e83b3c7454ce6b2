/** Which files belong together: a policy, the tests in it and beside it, and what else a check looks at. Reads through a parameter. */
import {
  parseYamlDocument,
  PolicyError,
  type Finding,
  type LintOptions,
  type Problem,
  type YamlNode,
} from "@gate/policy";
import { hasOwnTests, lintPolicy, parseSuite, testPolicy, testSuite, type Context, type SuiteReport } from "./check.ts";
import { readCatalogue, type DeclaredCatalogue } from "./catalogue.ts";

/** The text of a file; undefined when there is none. Throws for any other failure. */
export type ReadText = (path: string) => string | undefined;

/**
 * The operator's file as far as a policy refers to it: names of issuers and targets, no addresses, no secrets.
 * @throws {PolicyError} where it cannot be read as a mapping: its names would only look unknown.
 */
export function readGatewayNames(text: string, file: string): Context {
  const { root, problems } = parseYamlDocument(text, file);
  if (root.type !== "invalid" && root.type !== "map") problems.add(root, "a gateway's configuration must be a mapping");
  if (root.type !== "map") throw new PolicyError("POLICY_INVALID", problems.list);
  const issuers: Record<string, string> = {};
  const targets: Record<string, { readonly protocol: string }> = {};
  for (const [name, node] of entries(root, "issuers")) {
    const issuer = scalar(node, "issuer");
    if (issuer !== undefined) issuers[name] = issuer;
  }
  for (const [name, node] of entries(root, "targets")) {
    const protocol = scalar(node, "protocol");
    if (protocol !== undefined) targets[name] = { protocol };
  }
  return { issuers, targets };
}

/**
 * Names of columns: a list of `schema.table.column`, a mapping of tables to columns, or a test file's `catalogue`.
 * Undefined for anything else.
 */
export function readColumns(text: string, file: string): ReadonlySet<string> | undefined {
  const { root } = parseYamlDocument(text, file);
  const columns = new Set<string>();
  const add = (table: string, node: YamlNode | undefined): void => {
    const list = node?.type === "map" ? node.entries.get("columns")?.value : node;
    for (const item of list?.type === "list" ? list.items : []) {
      if (item.type === "scalar") columns.add(`${table}${item.text}`);
    }
  };
  if (root.type === "list") add("", root);
  if (root.type === "map") {
    const inner = root.entries.get("catalogue")?.value ?? root;
    const sections = ["tables", "views"].map((name) => entries(inner, name)).flat();
    for (const [table, node] of sections.length > 0 ? sections : mapEntries(inner)) add(`${table}.`, node);
  }
  return columns.size === 0 ? undefined : columns;
}

/** The tests that a path stands for: a `*.test.yaml`, or a policy with its own tests and those beside it. */
export async function testPath(path: string, read: ReadText, context: Context = {}): Promise<readonly SuiteReport[]> {
  const text = read(path);
  if (text === undefined) return [missing(path, path)];
  if (isTestFile(path)) {
    const suite = parseSuite(text, path);
    const policyPath = suite.policy === undefined ? path.replace(TEST_FILE, "$1") : beside(path, suite.policy.path);
    const policy = read(policyPath);
    if (policy === undefined) return [missing(path, policyPath)];
    return [await testSuite(suite, { text: policy, file: policyPath }, context)];
  }
  const reports: SuiteReport[] = [];
  if (hasOwnTests(text, path)) reports.push(await testPolicy(text, path, context));
  const sibling = path.replace(/(\.ya?ml)$/, ".test$1");
  if (sibling !== path && read(sibling) !== undefined) reports.push(...(await testPath(sibling, read, context)));
  return reports;
}

/** A file that is no YAML has no tests that anybody could see: what is wrong with it, or undefined. */
export function unreadable(text: string, file: string): SuiteReport | undefined {
  const { root, problems } = parseYamlDocument(text, file);
  return root.type === "invalid" ? { file, policyFile: file, results: [], problems: problems.list } : undefined;
}

/** The declared catalogue of a test file; undefined when it has none. */
export function catalogueOf(
  text: string,
  file: string,
): { readonly catalogue?: DeclaredCatalogue; readonly problems: readonly Problem[] } {
  const suite = parseSuite(text, file);
  const { problems } = parseYamlDocument("{}", file);
  const catalogue = suite.catalogue && readCatalogue(problems, suite.catalogue);
  return { problems: [...suite.problems, ...problems.list], ...(catalogue === undefined ? {} : { catalogue }) };
}

/** Lints a policy; the columns of a test file beside it count as known, unless a list was given. */
export function lintPath(
  path: string,
  read: ReadText,
  options: Omit<LintOptions, "file" | "capability">,
): readonly Finding[] | undefined {
  const text = read(path);
  if (text === undefined) return undefined;
  const sibling = path.replace(/(\.ya?ml)$/, ".test$1");
  const tests = options.columns === undefined && sibling !== path ? read(sibling) : undefined;
  const declared = tests === undefined ? undefined : catalogueOf(tests, sibling).catalogue;
  const columns =
    options.columns ??
    (declared &&
      new Set(declared.relations.flatMap(({ name, columns: own }) => own.map((column) => `${name}.${column}`))));
  return lintPolicy(text, { ...options, file: path, ...(columns === undefined ? {} : { columns }) });
}

export function isTestFile(path: string): boolean {
  return TEST_FILE.test(path);
}

function missing(file: string, path: string): SuiteReport {
  const problem = { file, line: 1, column: 1, message: `there is no file ${path}` };
  return { file, policyFile: path, results: [], problems: [problem] };
}

/** A path that is written relative to the file that names it. */
function beside(file: string, path: string): string {
  if (path.startsWith("/")) return path;
  const folder = file.includes("/") ? file.slice(0, file.lastIndexOf("/") + 1) : "";
  const parts: string[] = [];
  for (const part of `${folder}${path}`.split("/")) {
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

function entries(node: YamlNode, section: string): readonly (readonly [string, YamlNode])[] {
  const inner = node.type === "map" ? node.entries.get(section)?.value : undefined;
  return inner === undefined ? [] : mapEntries(inner);
}

function mapEntries(node: YamlNode): readonly (readonly [string, YamlNode])[] {
  return node.type === "map" ? [...node.entries.values()].map(({ key, value }) => [key, value] as const) : [];
}

function scalar(node: YamlNode, key: string): string | undefined {
  const value = node.type === "map" ? node.entries.get(key)?.value : undefined;
  return value?.type === "scalar" ? value.text : undefined;
}

const TEST_FILE = /\.test(\.ya?ml)$/;
